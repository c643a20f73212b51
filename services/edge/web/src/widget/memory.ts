/** What the visitor's browser remembers of a bot. Storage may be refused; then it lasts as long as the page. */
export interface Remembered {
    session: string
    token: string
}
const memory = new Map<string, string>()
const at = (bot: string, what: string) => `chatsphere:${bot}:${what}`

function read(key: string): string | null {
    try {
        return localStorage.getItem(key) ?? memory.get(key) ?? null
    } catch {
        return memory.get(key) ?? null
    }
}
function write(key: string, value: string | null) {
    if (value === null) memory.delete(key)
    else memory.set(key, value)
    try {
        if (value === null) localStorage.removeItem(key)
        else localStorage.setItem(key, value)
    } catch {
        /* refused */
    }
}

export function recall(bot: string): Remembered | undefined {
    const [session, token] = [read(at(bot, 'session')), read(at(bot, 'token'))]
    if (!session || !token || expiresIn(token) < 5000) return undefined
    return { session, token }
}
export function remember(bot: string, value?: Remembered) {
    write(at(bot, 'session'), value?.session ?? null)
    write(at(bot, 'token'), value?.token ?? null)
}
/** Whether there was a conversation whose token has expired. */
export const lapsed = (bot: string): boolean => Boolean(read(at(bot, 'session'))) && !recall(bot)
/** The turn under way, so that a page load in the middle of an answer finds it again. */
export const rememberTurn = (bot: string, turn: string | null) => write(at(bot, 'turn'), turn)

/** Milliseconds until a token expires; 0 for what is none. */
export function expiresIn(token: string): number {
    try {
        const claims = JSON.parse(atob(token.split('.')[1]!.replace(/-/g, '+').replace(/_/g, '/')))
        return Math.max(claims.exp * 1000 - Date.now(), 0)
    } catch {
        return 0
    }
}
