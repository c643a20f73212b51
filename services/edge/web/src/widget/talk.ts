/** The visitor's side of the public chat: the session and its token, history, stop, rating, erasing. No screen. */
import { Transport } from '../core/transport'
import { ProblemError, problemOf, type Reply, type Stored } from '../core/turn'
import { expiresIn, lapsed, recall, remember, rememberTurn } from './memory'
import type { Settings } from './settings'

const RENEW_MS = 12 * 3600 * 1000
const PAGE = 50

interface History {
    messages?: Stored[]
    next_cursor?: string | null
}

export class Talk {
    private readonly transport: Transport
    private readonly root: string
    private readonly bot: string

    constructor(private readonly settings: Settings) {
        const bot = (this.bot = settings.bot)
        this.root = `/api/v1/chat/${bot}`
        this.transport = new Transport({
            base: settings.base || location.origin,
            path: this.root,
            body: (message) => ({ message, session_id: recall(bot)?.session }),
            socket: `/ws/public/${bot}`,
            stream: (turn) => `${this.root}/turns/${turn}/stream`,
            stored: async (turn) =>
                (await this.history()).messages?.find((m) => m.role === 'assistant' && m.turn_id === turn),
            token: () => recall(bot)?.token ?? '',
        })
    }

    get known() {
        return recall(this.bot)
    }
    get lapsed() {
        return lapsed(this.bot)
    }

    /**
     * The session is made before its first message: a message that must be repeated after a lost connection
     * then has a token to be repeated with.
     */
    async begin(text: string, key: string, signal: AbortSignal): Promise<Reply> {
        if (!this.known)
            await this.keep(
                this.call('/sessions', {
                    method: 'POST',
                    body: JSON.stringify({ identity: this.settings.identity }),
                    signal,
                }),
            )
        else if (expiresIn(this.known.token) < RENEW_MS) await this.renew().catch(() => {})
        return this.transport.begin(text, key, signal)
    }
    resume(turn: string, after: number, signal: AbortSignal): Promise<Reply> {
        return this.transport.resume(turn, after, signal)
    }

    /** The newest messages, or those before a cursor. Of a session that is over it rejects with 401 or 404. */
    async history(cursor?: string): Promise<History> {
        const known = this.known
        if (!known) return {}
        if (expiresIn(known.token) < RENEW_MS) await this.renew().catch(() => {})
        return (
            await this.call(
                `/session/${known.session}?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`,
            )
        ).json()
    }
    cancel(turn: string): Promise<unknown> {
        return this.call(`/turns/${turn}/cancel`, { method: 'POST' })
    }
    rate(message: string, rating: string, comment?: string): Promise<unknown> {
        return this.call(`/messages/${message}/feedback`, {
            method: 'POST',
            body: JSON.stringify({ rating, comment }),
        })
    }
    /** Also on the server; without a network it is forgotten here only. */
    erase() {
        const known = this.known
        if (known) void this.call(`/session/${known.session}`, { method: 'DELETE' }).catch(() => {})
        this.forget()
    }
    forget() {
        remember(this.bot)
        rememberTurn(this.bot, null)
    }

    private async renew() {
        await this.keep(this.call(`/session/${this.known!.session}/token`, { method: 'POST' }))
    }
    private async keep(answer: Promise<Response>) {
        const { session_id, visitor_token } = await (await answer).json()
        remember(this.bot, { session: session_id, token: visitor_token })
    }
    private async call(path: string, init: RequestInit = {}): Promise<Response> {
        const headers: Record<string, string> = init.body ? { 'Content-Type': 'application/json' } : {}
        if (this.known) headers.Authorization = `Bearer ${this.known.token}`
        const response = await fetch(this.settings.base + this.root + path, { ...init, headers })
        if (!response.ok) throw await problemOf(response)
        return response
    }
}

export const isOver = (error: unknown): boolean =>
    error instanceof ProblemError && (error.problem.status === 401 || error.problem.status === 404)
