/** Server-sent events over fetch: EventSource can carry neither a bearer token nor a POST body. */
export interface SseEvent {
    id: string
    event: string
    data: string
}

/** One event may not exceed this; a server that sends more is cut off. */
const MAX_EVENT_CHARS = 1 << 20

/** Nothing came for longer than the caller waits, not even a comment. */
export class Silence extends Error {}

function within<T>(work: Promise<T>, ms?: number): Promise<T> {
    if (!ms) return work
    let timer: ReturnType<typeof setTimeout>
    const silence = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(new Silence()), ms)))
    return Promise.race([work, silence]).finally(() => clearTimeout(timer))
}

export async function* readSse(
    body: ReadableStream<Uint8Array>,
    silenceMs?: number,
): AsyncGenerator<SseEvent> {
    const reader = body
        .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
        .getReader()
    let buffer = ''
    let next: SseEvent = { id: '', event: 'message', data: '' }
    try {
        for (;;) {
            const { value, done } = await within(reader.read(), silenceMs)
            if (done) return
            buffer += value
            if (buffer.length > MAX_EVENT_CHARS) throw new Error('event too long')
            const lines = buffer.split(/\r?\n/)
            buffer = lines.pop()!
            for (const line of lines) {
                if (line === '') {
                    if (next.data) yield next
                    next = { id: next.id, event: 'message', data: '' }
                    continue
                }
                if (line[0] === ':') continue
                const colon = line.indexOf(':')
                const name = colon < 0 ? line : line.slice(0, colon)
                const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
                if (name === 'data') next.data = next.data ? `${next.data}\n${text}` : text
                else if (name === 'event') next.event = text
                else if (name === 'id') next.id = text
            }
        }
    } finally {
        reader.cancel().catch(() => {})
    }
}
