/** Files on their way: checked before they leave, two at a time, each with its bytes and its own error. */
import { reactive } from 'vue'
import { upload } from '../api'
import { bytes } from '../format'
import { t } from '../i18n'

export interface Sending {
    id: number
    name: string
    size: number
    sent: number
    file: File
    error?: string
    /** false: it can never be sent */
    retry: boolean
}
const MAX_BYTES = 32 * 1024 * 1024
/** A browser has six connections to a host for all its tabs, and the chat beside needs one. */
const AT_ONCE = 2

export function useUploads(path: () => string, onDone: () => void) {
    const sending = reactive<Sending[]>([])
    const queue: Sending[] = []
    let running = 0
    let last = 0

    function add(files: Iterable<File>) {
        for (const file of files) {
            const item = reactive<Sending>({
                id: ++last,
                name: file.name,
                size: file.size,
                sent: 0,
                file,
                retry: true,
            })
            sending.push(item)
            item.error = refusal(file)
            if (item.error) item.retry = false
            else queue.push(item)
        }
        pump()
    }
    function refusal(file: File): string | undefined {
        if (file.size > MAX_BYTES)
            return t('documents.tooLarge', { size: bytes(file.size), limit: bytes(MAX_BYTES) })
        if (!file.size) return t('documents.emptyFile')
        return undefined
    }
    function pump() {
        while (running < AT_ONCE && queue.length) {
            running++
            send(queue.shift()!).finally(() => (running--, pump()))
        }
    }
    async function send(item: Sending) {
        const form = new FormData()
        form.append('file', item.file)
        try {
            await upload(path(), form, (sent) => (item.sent = sent))
            drop(item)
            onDone()
        } catch (error) {
            item.error = (error as Error).message || t('error.unreachable')
        }
    }
    function drop(item: Sending) {
        sending.splice(
            sending.findIndex((s) => s.id === item.id),
            1,
        )
    }
    function again(item: Sending) {
        item.error = undefined
        item.sent = 0
        queue.push(item)
        pump()
    }
    return { sending, add, drop, again }
}
