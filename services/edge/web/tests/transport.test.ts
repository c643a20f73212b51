/** WebSocket, else server-sent events, else JSON: which way is taken when, and what comes out is the same. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Line } from '../src/core/transport'
import type { Frame } from '../src/core/turn'

const FRAMES = [
    ['start', { turn_id: 't', message_id: 'm', conversation_id: 'c' }],
    ['delta', { text: 'Hello ' }],
    ['delta', { text: 'there' }],
    ['end', { message_id: 'm', finish_reason: 'stop' }],
] as const
const MESSAGE = { id: 'm', role: 'assistant', content: 'Hello there', status: 'completed', turn_id: 't' }
const events = FRAMES.map(
    ([event, data], i) => `id: ${i + 1}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
).join('')

/** A WebSocket whose server is `serve`; it may refuse by closing. */
class Socket {
    static serve: (socket: Socket, sent: Record<string, unknown>) => void = () => {}
    static opened = 0
    static protocols: string[] = []
    onopen?: () => void
    onmessage?: (event: { data: string }) => void
    onclose?: (event: { code: number }) => void
    private closed = false
    constructor(_: string, protocols: string[]) {
        Socket.opened++
        Socket.protocols = protocols
        queueMicrotask(() => this.onopen?.())
    }
    send(text: string) {
        Socket.serve(this, JSON.parse(text))
    }
    say(type: string, data: object, seq?: number) {
        queueMicrotask(() => this.onmessage?.({ data: JSON.stringify({ type, seq, ...data }) }))
    }
    close(code = 1000) {
        if (this.closed) return
        this.closed = true
        queueMicrotask(() => this.onclose?.({ code }))
    }
}

let requests: { url: string; accept?: string; key?: string }[] = []
let answer: (url: string, accept?: string) => Response | Promise<Response>
const line: Line = {
    base: 'http://chat.test',
    path: '/say',
    body: (message) => ({ message }),
    socket: '/ws',
    stream: (turn) => `/turns/${turn}/stream`,
    stored: async () => MESSAGE,
    token: () => 'token',
}

async function talk(): Promise<Frame[]> {
    const [{ Transport }, { runTurn }] = await Promise.all([
        import('../src/core/transport'),
        import('../src/core/turn'),
    ])
    const transport = new Transport(line)
    const seen: Frame[] = []
    await runTurn({
        begin: () => transport.begin('Hi', 'key-1'),
        resume: (turn, after) => transport.resume(turn, after),
        onFrame: (frame) => seen.push(frame),
    })
    return seen
}
const text = (frames: Frame[]) =>
    frames.map((f) => (f.type === 'delta' ? f.text : f.type === 'whole' ? f.message.content : '')).join('')

beforeEach(() => {
    vi.resetModules()
    sessionStorage.clear()
    requests = []
    Socket.opened = 0
    vi.stubGlobal('WebSocket', Socket)
    vi.stubGlobal('fetch', async (url: string, init: RequestInit & { headers: Record<string, string> }) => {
        requests.push({
            url: url.slice(line.base.length),
            accept: init.headers.Accept,
            key: init.headers['Idempotency-Key'],
        })
        return new Promise<Response>((resolve, reject) => {
            init.signal?.addEventListener('abort', () => reject(new Error('aborted')))
            void Promise.resolve(answer(url, init.headers.Accept)).then(resolve)
        })
    })
})
afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
})
const sse = () => new Response(events, { headers: { 'Content-Type': 'text/event-stream' } })

describe('the way of a turn', () => {
    it('is a WebSocket where there is one', async () => {
        Socket.serve = (socket, sent) => {
            expect(sent).toEqual({ type: 'message', content: 'Hi', client_id: 'key-1' })
            FRAMES.forEach(([type, data], i) => socket.say(type, data, i + 1))
        }
        expect(text(await talk())).toBe('Hello there')
        expect(Socket.protocols).toEqual(['chatsphere.v1', 'bearer.token'])
        expect(requests).toEqual([])
    })

    it('is resumed behind the last frame when the WebSocket closes', async () => {
        const sent: unknown[] = []
        Socket.serve = (socket, message) => {
            sent.push(message)
            if (sent.length === 1) {
                FRAMES.slice(0, 2).forEach(([type, data], i) => socket.say(type, data, i + 1))
                setTimeout(() => socket.close(1006))
            } else FRAMES.slice(2).forEach(([type, data], i) => socket.say(type, data, i + 3))
        }
        expect(text(await talk())).toBe('Hello there')
        expect(sent[1]).toEqual({ type: 'resume', turn_id: 't', after: 2 })
    })

    it('is server-sent events when the WebSocket closes before its first message, and stays so', async () => {
        Socket.serve = (socket) => socket.close(1006)
        answer = sse
        expect(text(await talk())).toBe('Hello there')
        expect(text(await talk())).toBe('Hello there')
        expect(Socket.opened).toBe(1)
        expect(requests.map((r) => [r.url, r.accept, r.key])).toEqual([
            ['/say', 'text/event-stream', 'key-1'],
            ['/say', 'text/event-stream', 'key-1'],
        ])
    })

    it('is JSON when nothing comes for 20 s, with the same key; while the first request is at work it waits', async () => {
        vi.useFakeTimers()
        sessionStorage.setItem('chatsphere:way', 'sse')
        let asked = 0
        answer = (_, accept) => {
            if (accept === 'text/event-stream') return new Promise<Response>(() => {})
            if (++asked < 3) return new Response(JSON.stringify({ status: 409 }), { status: 409 })
            return new Response(JSON.stringify({ turn_id: 't', message: MESSAGE }), {
                headers: { 'Content-Type': 'application/json' },
            })
        }
        const done = talk()
        await vi.advanceTimersByTimeAsync(19_000)
        expect(requests).toHaveLength(1)
        await vi.advanceTimersByTimeAsync(6000)
        expect(text(await done)).toBe('Hello there')
        expect(new Set(requests.map((r) => r.key))).toEqual(new Set(['key-1']))
        expect(sessionStorage.getItem('chatsphere:way')).toBe('json')
    })

    it('a stream that falls silent after its first frames is taken from the stored message', async () => {
        vi.useFakeTimers()
        sessionStorage.setItem('chatsphere:way', 'sse')
        answer = () =>
            new Response(
                new ReadableStream({
                    start: (c) =>
                        c.enqueue(new TextEncoder().encode(events.slice(0, events.indexOf('id: 3')))),
                }),
            )
        const done = talk()
        await vi.advanceTimersByTimeAsync(22_000)
        expect((await done).at(-1)).toEqual({ type: 'whole', message: MESSAGE })
    })

    it('a refusal before the turn begins is the problem, whatever the way', async () => {
        Socket.serve = (socket) => socket.say('error', { problem: { status: 429, code: 'limited_day' } })
        await expect(talk()).rejects.toMatchObject({ problem: { code: 'limited_day' } })
        Socket.serve = (socket) => socket.close(4401)
        await expect(talk()).rejects.toMatchObject({ problem: { status: 401 } })
        expect(requests).toEqual([])
    })
})
