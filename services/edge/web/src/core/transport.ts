/**
 * How the frames of a turn travel: WebSocket, else server-sent events, else one JSON answer, behind one interface.
 * A WebSocket that does not open in 3 s, or closes before its first message, gives way to server-sent events; a
 * stream in which nothing comes for 20 s (a proxy that buffers; the server's comment comes each 15) gives way to JSON.
 * What worked is remembered for the tab.
 */
import { Silence } from './sse'
import {
    frameOf,
    problemOf,
    ProblemError,
    readFrames,
    sleep,
    type Numbered,
    type Problem,
    type Reply,
    type Stored,
} from './turn'

type Way = 'ws' | 'sse' | 'json'
const OPEN_MS = 3000
const SILENCE_MS = 20_000
const POLL_MS = 1000
const POLLS = 600
const KEY = 'chatsphere:way'

/** Where one conversation is reached. Paths begin with a slash and belong to `base`. */
export interface Line {
    base: string
    /** Of the POST that begins a turn, and its body. */
    path: string
    body(text: string): object
    socket: string
    /** Of the events of a turn. */
    stream(turnId: string): string
    /** Reads the answer of a turn as it is stored by now; undefined: there is none. */
    stored(turnId: string): Promise<Stored | undefined>
    token(): string
}

export class Transport {
    private worked = false

    constructor(private readonly line: Line) {}

    /** The same key for the same message: the server answers a repeated one with the turn that it began. */
    async begin(text: string, key: string, signal?: AbortSignal): Promise<Reply> {
        if (way() === 'ws') {
            const frames = await this.open({ type: 'message', content: text, client_id: key }, signal)
            if (frames) return frames
        }
        return way() === 'json'
            ? this.beginWhole(text, key, signal)
            : this.events(await this.post(text, key, 'text/event-stream', signal))
    }

    private async post(text: string, key: string, accept: string, signal?: AbortSignal): Promise<Response> {
        const response = await this.fetch(this.line.path, signal, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', Accept: accept, 'Idempotency-Key': key },
            body: JSON.stringify(this.line.body(text)),
        })
        if (!response.ok) throw await problemOf(response)
        return response
    }
    /** 409: the turn that the key names is still being answered, by a request whose answer did not come through. */
    private async beginWhole(text: string, key: string, signal?: AbortSignal): Promise<Reply> {
        for (let again = 0; ; again++) {
            try {
                const response = await this.post(text, key, 'application/json', signal)
                return whole(((await response.json()) as { message: Stored }).message)
            } catch (error) {
                const waiting = error instanceof ProblemError && error.problem.status === 409 && again < POLLS
                if (!waiting) throw error
                await sleep(POLL_MS, signal)
            }
        }
    }

    async resume(turnId: string, after: number, signal?: AbortSignal): Promise<Reply> {
        if (way() === 'ws') {
            const frames = await this.open({ type: 'resume', turn_id: turnId, after }, signal)
            if (frames) return frames
        }
        if (way() === 'sse') {
            const response = await this.fetch(`${this.line.stream(turnId)}?after=${after}`, signal)
            if (response.ok && response.status !== 204) return this.events(response)
            if (!response.ok && response.status !== 404) return response
        }
        return this.stored(turnId, signal)
    }

    /** A proxy that buffers holds back the head of a stream, too: then the fetch itself is silent. */
    private async fetch(
        path: string,
        signal?: AbortSignal,
        init: RequestInit & { headers?: Record<string, string> } = {},
    ): Promise<Response> {
        const silent = new AbortController()
        const timer = way() === 'sse' ? setTimeout(() => silent.abort(), SILENCE_MS) : 0
        signal?.addEventListener('abort', () => silent.abort(signal.reason), { once: true })
        try {
            return await fetch(this.line.base + path, {
                ...init,
                signal: silent.signal,
                headers: { ...init.headers, Authorization: `Bearer ${this.line.token()}` },
            })
        } catch (error) {
            if (silent.signal.aborted && !signal?.aborted) settle('json')
            throw error
        } finally {
            clearTimeout(timer)
        }
    }

    private async *events(response: Response): AsyncGenerator<Numbered> {
        try {
            yield* readFrames(response.body!, SILENCE_MS)
        } catch (error) {
            if (error instanceof Silence) settle('json')
            throw error
        }
    }

    /** Frames are gone, or do not come through: the stored answer, as soon as it is complete. */
    private async *stored(turnId: string, signal?: AbortSignal): AsyncGenerator<Numbered> {
        for (;;) {
            const message = await this.line.stored(turnId)
            if (!message) throw new ProblemError({ status: 404 })
            if (message.status !== 'pending' && message.status !== 'streaming') return yield* whole(message)
            await sleep(POLL_MS, signal)
        }
    }

    /** Resolves with the frames as soon as the first one has come; with undefined when a WebSocket is of no use here. */
    private open(first: object, signal?: AbortSignal): Promise<AsyncIterable<Numbered> | undefined> {
        return new Promise((resolve, reject) => {
            const feed = new Feed()
            let socket: WebSocket
            let timer = 0
            const giveUp = () => {
                clearTimeout(timer)
                socket?.close()
                if (!this.worked) settle('sse')
                resolve(undefined)
            }
            try {
                socket = new WebSocket(this.line.base.replace(/^http/, 'ws') + this.line.socket, [
                    'chatsphere.v1',
                    `bearer.${this.line.token()}`,
                ])
            } catch {
                return giveUp()
            }
            timer = window.setTimeout(giveUp, OPEN_MS)
            signal?.addEventListener('abort', () => (socket.close(), reject(signal.reason)), { once: true })
            socket.onopen = () => {
                clearTimeout(timer)
                timer = window.setTimeout(giveUp, SILENCE_MS)
                socket.send(JSON.stringify(first))
            }
            socket.onmessage = (event) => {
                const { type, seq, ...data } = JSON.parse(String(event.data)) as {
                    type: string
                    seq?: number
                } & Record<string, unknown>
                const frame = frameOf(type, data)
                if (!frame) return
                clearTimeout(timer)
                this.worked = true
                // refused before it began: no turn, so no number
                if (frame.type === 'error' && !seq) {
                    feed.end()
                    return reject(new ProblemError(withWait(frame.problem)))
                }
                feed.put({ seq: seq ?? 0, frame })
                resolve(feed)
                if (frame.type === 'end') socket.close()
            }
            socket.onclose = (event) => {
                feed.end()
                if (event.code === 4401 || event.code === 4404)
                    reject(new ProblemError({ status: event.code - 4000 }))
                else giveUp()
            }
        })
    }
}

function withWait(problem: Problem & { retry_after_ms?: number }): Problem {
    return {
        ...problem,
        retryAfter: problem.retry_after_ms ? Math.ceil(problem.retry_after_ms / 1000) : problem.retryAfter,
    }
}

/** What comes in by calls and goes out by `for await`. */
class Feed implements AsyncIterable<Numbered> {
    private readonly queue: Numbered[] = []
    private over = false
    private wake = () => {}

    put(frame: Numbered) {
        this.queue.push(frame)
        this.wake()
    }
    end() {
        this.over = true
        this.wake()
    }
    async *[Symbol.asyncIterator]() {
        for (;;) {
            while (this.queue.length) yield this.queue.shift()!
            if (this.over) return
            await new Promise<void>((resolve) => (this.wake = resolve))
        }
    }
}

async function* whole(message: Stored): AsyncGenerator<Numbered> {
    yield { seq: Infinity, frame: { type: 'whole', message } }
}

let chosen: Way | undefined
function way(): Way {
    try {
        chosen ??= (sessionStorage.getItem(KEY) as Way) ?? undefined
    } catch {
        /* refused */
    }
    return (chosen ??= 'ws')
}
function settle(to: Way) {
    chosen = to
    try {
        sessionStorage.setItem(KEY, to)
    } catch {
        /* refused */
    }
}
