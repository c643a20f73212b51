/**
 * One turn of a conversation as a stream of frames that survives a lost connection.
 * The caller says how a turn begins and how it is taken up again; this file knows
 * about sequence numbers, waiting and giving up, and nothing about screens.
 */
import { readSse } from './sse'

export interface Source {
    index: number
    document_id: string
    document_name: string
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

/** The closed set of frames; any other event name is dropped unread. */
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
const KNOWN = new Set(['start', 'sources', 'delta', 'usage', 'error', 'end'])

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

export interface TurnOptions {
    begin(): Promise<Response>
    resume(turnId: string, after: number): Promise<Response>
    onFrame(frame: Frame, seq: number): void
    /** True while the connection is lost and being taken up again. */
    onWaiting?(waiting: boolean): void
    signal?: AbortSignal
    turnId?: string
    after?: number
}

const PATIENCE_MS = 60_000

/**
 * Resolves when `end` was seen; rejects with ProblemError, or AbortError when the caller gave up.
 * Before the turn's id is known a lost connection asks again with the same Idempotency-Key (409 while the first is
 * under way), so nothing is said twice; afterwards the frames are taken up behind the last one seen.
 */
export async function runTurn(options: TurnOptions): Promise<void> {
    let turnId = options.turnId ?? ''
    let after = options.after ?? 0
    let lostAt = 0
    for (let attempt = 0; ; attempt++) {
        let cause: unknown
        try {
            const response = turnId ? await options.resume(turnId, after) : await options.begin()
            if (!response.ok) throw await problemOf(response)
            for await (const event of readSse(response.body!)) {
                if (!KNOWN.has(event.event)) continue
                const seq = Number(event.id)
                if (seq <= after) continue
                after = seq
                if (lostAt) options.onWaiting?.(false)
                lostAt = attempt = 0
                const frame = { ...JSON.parse(event.data), type: event.event } as Frame
                if (frame.type === 'start') turnId = frame.turn_id
                deliver(options, frame, seq)
                if (frame.type === 'end') return
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
        lostAt ||= Date.now()
        if (Date.now() - lostAt > PATIENCE_MS)
            throw cause instanceof ProblemError
                ? cause
                : new ProblemError({ status: 0, code: 'lost', detail: 'The connection was lost.' })
        await sleep(Math.min(250 * 2 ** attempt, 5000) * (0.75 + Math.random() / 2), options.signal)
    }
}

/** What is worth waiting for: a busy or restarting server, and our own first request still under way. A 404 means the frames are gone. */
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

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(done, ms)
        const onOnline = () => done()
        function done() {
            clearTimeout(timer)
            removeEventListener('online', onOnline)
            signal?.removeEventListener('abort', abort)
            resolve()
        }
        function abort() {
            clearTimeout(timer)
            removeEventListener('online', onOnline)
            reject(signal!.reason)
        }
        addEventListener('online', onOnline, { once: true })
        signal?.addEventListener('abort', abort, { once: true })
    })
}
