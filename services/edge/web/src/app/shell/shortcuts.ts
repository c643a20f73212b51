/** Keys outside of fields: G and a letter goes to a place, C makes a bot, T opens the test chat, ? lists them all. */
import { useEventListener, useLocalStorage } from '@vueuse/core'
import { useRouter } from 'vue-router'
import { places, workspacePlaces } from './nav'

/** Single keys can be switched off, for those whose voice or hand presses them by accident. */
export const keysOn = useLocalStorage('chatsphere.keys', true)
const CHORD_MS = 1200

const typing = (target: EventTarget | null) =>
    target instanceof HTMLElement &&
    (target.isContentEditable ||
        /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
        Boolean(target.closest('[role="dialog"], [role="menu"]')))

export function useShortcuts(deeds: {
    palette(): void
    list(): void
    newBot(): void
    testChat(): void
    search(): void
}) {
    const router = useRouter()
    let chordAt = -CHORD_MS // time stamps count from the load of the page
    useEventListener(window, 'keydown', (event) => {
        if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
            event.preventDefault()
            deeds.palette()
            return
        }
        if (!keysOn.value || event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return
        const key = event.key.toLowerCase()
        const place = [...places, ...workspacePlaces].find((p) => p.key === key)
        if (event.timeStamp - chordAt < CHORD_MS && (place || key === 'b')) {
            chordAt = -CHORD_MS
            router.push(place?.to ?? '/')
            return
        }
        chordAt = key === 'g' ? event.timeStamp : -CHORD_MS
        const deed = { c: deeds.newBot, t: deeds.testChat, '/': deeds.search, '?': deeds.list }[key]
        if (!deed) return
        event.preventDefault()
        deed()
    })
}
