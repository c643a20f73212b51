// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { MarkdownView } from '../src/core/markdown'
import { readSse } from '../src/core/sse'
import { runTurn, type Frame } from '../src/core/turn'

function stream(text: string, step: number): ReadableStream<Uint8Array> {
    const all = new TextEncoder().encode(text)
    return new ReadableStream({
        start(controller) {
            for (let i = 0; i < all.length; i += step) controller.enqueue(all.slice(i, i + step))
            controller.close()
        },
    })
}
const frame = (id: number, event: string, data: object) =>
    `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`

describe('server-sent events', () => {
    it('are the same however the bytes are cut', async () => {
        const text = ': hello\n\nid: 1\nevent: delta\ndata: {"text":"é😀"}\n\ndata: a\r\ndata: b\r\n\r\n'
        for (let step = 1; step < 12; step++) {
            const seen = []
            for await (const event of readSse(stream(text, step))) seen.push(event)
            expect(seen).toEqual([
                { id: '1', event: 'delta', data: '{"text":"é😀"}' },
                { id: '1', event: 'message', data: 'a\nb' },
            ])
        }
    })
})

describe('a turn', () => {
    const frames = [
        frame(1, 'start', { turn_id: 't' }),
        frame(2, 'delta', { text: 'a' }),
        frame(3, 'delta', { text: 'b' }),
        frame(4, 'end', {}),
    ]

    it('is taken up behind the last frame, each frame once', async () => {
        const asked: number[] = []
        const seen: Frame[] = []
        await runTurn({
            begin: async () => new Response(stream(frames.slice(0, 2).join(''), 5)),
            resume: async (_turn, after) => {
                asked.push(after)
                return new Response(stream(frames.join(''), 7)) // a server that sends too much
            },
            onFrame: (f) => seen.push(f),
        })
        expect(asked).toEqual([2])
        expect(seen.map((f) => f.type)).toEqual(['start', 'delta', 'delta', 'end'])
    })

    it('begins again when the connection died before the first frame', async () => {
        let tries = 0
        await runTurn({
            begin: async () => {
                if (++tries === 1) throw new TypeError('network')
                return new Response(stream(frames.join(''), 50))
            },
            resume: () => Promise.reject(new Error('not asked')),
            onFrame: () => {},
        })
        expect(tries).toBe(2)
    })

    it("does not take the caller's own fault for a lost connection", async () => {
        await expect(
            runTurn({
                begin: async () => new Response(stream(frames.join(''), 50)),
                resume: () => Promise.reject(new Error('not asked')),
                onFrame: () => {
                    throw new Error('bug')
                },
            }),
        ).rejects.toThrow('onFrame failed')
    })
})

describe('markdown', () => {
    it('cites, and leaves snake_case and html alone', () => {
        const host = document.createElement('div')
        new MarkdownView(host, {
            cite: (n) => Object.assign(document.createElement('button'), { textContent: String(n) }),
        }).set('a snake_case_name [1] <b>x</b> [a](javascript:1)')
        expect(host.querySelectorAll('button').length).toBe(1)
        expect(host.querySelector('em, b, a')).toBeNull()
        expect(host.textContent).toContain('<b>x</b>')
    })
})
