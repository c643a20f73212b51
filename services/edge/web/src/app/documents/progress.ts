/** How far documents are: one stream for the bot, or where there is none the list again while something is in work. */
import { onBeforeUnmount, reactive, watch, type Ref } from 'vue'
import { readSse } from '../../core/sse'
import { authorized, type Doc } from '../api'
import { number } from '../format'
import { t } from '../i18n'

export const BUSY = ['uploaded', 'extracting', 'chunking', 'embedding']
export const isBusy = (d: Doc) => BUSY.includes(d.status)
const STAGES = ['extracting', 'chunking', 'embedding', 'ready']
const AGAIN_MS = 1500

interface Frame {
    document_id: string
    status: string
    done: number
    total: number
}

export function useProgress(path: () => string, docs: Ref<Doc[]>, refresh: () => void) {
    const live = reactive<Record<string, Frame>>({})
    let following: AbortController | undefined
    let timer = 0

    async function read(url: string, signal: AbortSignal): Promise<boolean> {
        const response = await authorized(url, { signal, headers: { Accept: 'text/event-stream' } })
        if (!response.ok) return false
        for await (const event of readSse(response.body!)) {
            if (event.event !== 'progress') continue
            const frame = JSON.parse(event.data) as Frame
            live[frame.document_id] = frame
            if (!BUSY.includes(frame.status)) refresh()
        }
        return true
    }
    async function follow(oldest?: string) {
        following?.abort()
        clearTimeout(timer)
        if (!oldest) return
        const mine = (following = new AbortController())
        const one = () => read(`${path()}/${oldest}/events`, mine.signal)
        await read(`${path()}/events`, mine.signal)
            .then((ok) => ok || one())
            .catch(() => {})
        if (mine.signal.aborted) return
        refresh()
        timer = window.setTimeout(() => mine.signal.aborted || refresh(), AGAIN_MS)
    }
    watch(() => docs.value.findLast(isBusy)?.id, follow, { immediate: true })
    onBeforeUnmount(() => {
        following?.abort()
        clearTimeout(timer)
    })

    const status = (d: Doc) => (isBusy(d) ? (live[d.id]?.status ?? d.status) : d.status)
    const parts = (d: Doc) => live[d.id] ?? d.progress
    function share(d: Doc): number {
        const p = parts(d)
        return p?.total ? Math.min(p.done / p.total, 1) : 0
    }
    return {
        status,
        share,
        stage: (d: Doc) => STAGES.indexOf(status(d)),
        percent: (d: Doc) => Math.round(((Math.max(STAGES.indexOf(status(d)), 0) + share(d)) / 3) * 100),
        label(d: Doc) {
            const p = parts(d)
            const now = status(d)
            if (now === 'embedding' && p?.total)
                return t('documents.indexingOf', { done: number(p.done), total: number(p.total) })
            return t(`documents.status.${now}`)
        },
    }
}
