/** The workspace's events as they happen: one tab reads the stream for all tabs, since a browser has six connections. */
import { onBeforeUnmount, ref } from 'vue'
import { readSse } from '../../core/sse'
import { ProblemError, problemOf } from '../../core/turn'
import { authorized } from '../api'

export interface TailEvent {
    id: string
    type: string
    subject?: string
    time: string
    data?: unknown
}
const KEPT = 500
const AGAIN_MS = 2000
const LOCK = 'chatsphere.events'

export function useTail() {
    const events = ref<TailEvent[]>([])
    const error = ref<unknown>()
    const live = ref(false)
    const stop = new AbortController()
    const channel = new BroadcastChannel(LOCK)

    function show(event: TailEvent) {
        if (events.value.some((e) => e.id === event.id)) return
        events.value = [event, ...events.value].slice(0, KEPT)
        live.value = true
    }
    channel.onmessage = (message) => show(message.data as TailEvent)

    async function read() {
        let last = ''
        while (!stop.signal.aborted) {
            try {
                const headers: Record<string, string> = {
                    Accept: 'text/event-stream',
                    ...(last ? { 'Last-Event-ID': last } : {}),
                }
                const response = await authorized('/api/v1/events', { headers, signal: stop.signal })
                if (!response.ok) throw await problemOf(response)
                live.value = true
                error.value = undefined
                for await (const event of readSse(response.body!)) {
                    last = event.id || last
                    const one = JSON.parse(event.data) as TailEvent
                    channel.postMessage(one)
                    show(one)
                }
            } catch (cause) {
                if (stop.signal.aborted) return
                live.value = false
                error.value = cause
                if (
                    cause instanceof ProblemError &&
                    cause.problem.status < 500 &&
                    cause.problem.status !== 429
                )
                    return
            }
            await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
        }
    }
    // over plain http there are no locks: each tab reads for itself
    if (navigator.locks) navigator.locks.request(LOCK, { signal: stop.signal }, read).catch(() => {})
    else read()
    onBeforeUnmount(() => {
        stop.abort()
        channel.close()
    })
    return { events, error, live }
}
