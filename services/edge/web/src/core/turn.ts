/**
 * One turn of a conversation as a stream of frames that survives a lost connection.
 * The caller says how a turn begins and how it is resumed (transport.ts does for a chat); this file
 * knows sequence numbers, waiting and giving up, and nothing about screens.
 */
import { readSse } from './sse'

export interface Source {
    index: number
    document_id: string
    document_name: string
    document_url?: string
    chunk: number
    heading_path?: string
    page?: number | null
    score?: number
    text: string
}

export interface Problem {
    status: number
    code?: string
    title?: string
    detail?: string
    errors?: { field: string; message: string }[]
    /** From the Retry-After header, in seconds. */
    retryAfter?: number
}

/** A message as the server stores it. */
export interface Stored {
    id: string
    role: string
    content: string
    status: string
    sources?: Source[]
    turn_id?: string
    error?: string
    feedback?: { rating: string; comment?: string }
}

/**
 * The closed set of frames; any other event name is dropped unread. `whole` is no event: it stands for the stored
 * message where frames did not come, and replaces all that was shown of the answer.
 */
export type Frame =
    | {
          type: 'start'
          turn_id: string
          message_id: string
          conversation_id: string
          session_id?: string
          visitor_token?: string
      }
    | { type: 'sources'; items: Source[] }
    | { type: 'delta'; text: string }
    | { type: 'usage'; prompt_tokens: number; completion_tokens: number; cost?: number }
    | { type: 'error'; problem: Problem }
    | { type: 'end'; message_id: string; finish_reason: string }
    | { type: 'whole'; message: Stored }
export interface Numbered {
    seq: number
    frame: Frame
}
const KNOWN = new Set(['start', 'sources', 'delta', 'usage', 'error', 'end'])

/** The frame of an event, or undefined for a name that is not known. A problem stands flat among the fields of `error`. */
export function frameOf(type: string, data: Record<string, unknown>): Frame | undefined {
    if (!KNOWN.has(type)) return undefined
    if (type === 'error') return { type, problem: (data.problem ?? data) as Problem }
    return { ...data, type } as Frame
}

export class ProblemError extends Error {
    constructor(readonly problem: Problem) {
        super(problem.detail ?? problem.title ?? `HTTP ${problem.status}`)
    }
}

export async function problemOf(response: Response): Promise<ProblemError> {
    const body = await response.json().catch(() => ({}))
    const wait = Number(response.headers.get('Retry-After'))
    return new ProblemError({ ...body, status: response.status, retryAfter: wait > 0 ? wait : undefined })
}

/** The frames of a response of server-sent events; silenceMs: how long nothing at all may come. */
export async function* readFrames(
    body: ReadableStream<Uint8Array>,
    silenceMs?: number,
): AsyncGenerator<Numbered> {
    for await (const event of readSse(body, silenceMs)) {
        const frame = KNOWN.has(event.event) && frameOf(event.event, JSON.parse(event.data))
        if (frame) yield { seq: Number(event.id), frame }
    }
}

export type Reply = Response | AsyncIterable<Numbered>
export interface TurnOptions {
    begin(): Promise<Reply>
    resume(turnId: string, after: number): Promise<Reply>
    onFrame(frame: Frame, seq: number): void
    /** True while the connection is lost and the turn is being resumed. */
    onWaiting?(waiting: boolean): void
    signal?: AbortSignal
    turnId?: string
    after?: number
}

const PATIENCE_MS = 60_000

/**
 * Resolves when the end was seen; rejects with ProblemError, or AbortError when the caller gave up.
 * Before the turn's id is known a lost connection asks again with the same Idempotency-Key (409 while the first is
 * under way), so nothing is said twice; afterwards the frames are taken up behind the last one seen. Without a network
 * the waiting has no end: the message goes when it is back.
 */
export async function runTurn(options: TurnOptions): Promise<void> {
    let turnId = options.turnId ?? ''
    let after = options.after ?? 0
    let lostAt = 0
    for (let attempt = 0; ; attempt++) {
        let cause: unknown
        try {
            const reply = turnId ? await options.resume(turnId, after) : await options.begin()
            if ('ok' in reply && !reply.ok) throw await problemOf(reply)
            for await (const { seq, frame } of 'ok' in reply ? readFrames(reply.body!) : reply) {
                if (seq <= after) continue
                after = seq
                if (lostAt) options.onWaiting?.(false)
                lostAt = attempt = 0
                if (frame.type === 'start') turnId = frame.turn_id
                deliver(options, frame, seq)
                if (frame.type === 'end' || frame.type === 'whole') return
            }
        } catch (error) {
            if (
                options.signal?.aborted ||
                error instanceof Fault ||
                (error instanceof ProblemError && !passes(error.problem, Boolean(turnId || lostAt)))
            )
                throw error
            cause = error
        }
        if (!lostAt) options.onWaiting?.(true)
        if (!lostAt || !navigator.onLine) lostAt = Date.now()
        if (Date.now() - lostAt > PATIENCE_MS)
            throw cause instanceof ProblemError
                ? cause
                : new ProblemError({ status: 0, code: 'lost', detail: 'The connection was lost.' })
        await sleep(Math.min(250 * 2 ** attempt, 5000) * (0.75 + Math.random() / 2), options.signal)
    }
}

/** What is worth waiting for: a busy or restarting server, and our own first request still under way. */
function passes(problem: Problem, begun: boolean): boolean {
    return problem.status >= 500 || (begun && (problem.status === 409 || problem.status === 429))
}

/** A fault of the caller's own code must not pass for a lost connection. */
class Fault extends Error {}
function deliver(options: TurnOptions, frame: Frame, seq: number): void {
    try {
        options.onFrame(frame, seq)
    } catch (cause) {
        throw new Fault('onFrame failed', { cause })
    }
}

/** Ends early when the network is back; rejects when the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(done, ms)
        addEventListener('online', done)
        signal?.addEventListener('abort', done)
        function done() {
            clearTimeout(timer)
            removeEventListener('online', done)
            signal?.removeEventListener('abort', done)
            if (signal?.aborted) reject(signal.reason)
            else resolve()
        }
    })
}
