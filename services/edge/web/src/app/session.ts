/**
 * Who is signed in. The access token lives in memory only; the refresh token is single-use and
 * using one twice ends the whole family, so tabs take turns under a lock and the one that
 * waited takes over what the other one got.
 */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { exclusive } from '../core/plain-http'
import { ProblemError, problemOf } from '../core/turn'
import type { components } from '../core/schema'

type Session = components['schemas']['Session']
const KEY = 'chatsphere.refresh'
const EARLY_MS = 30_000

export const useSession = defineStore('session', () => {
    const access = ref('')
    const expiresAt = ref(0)
    const user = ref<Session['user']>()
    const workspace = ref<Session['workspace']>()
    const signedIn = ref(Boolean(localStorage.getItem(KEY)))

    function adopt(session: Session) {
        access.value = session.access_token
        expiresAt.value = Date.now() + session.expires_in * 1000
        user.value = session.user
        workspace.value = session.workspace
        localStorage.setItem(KEY, session.refresh_token)
        signedIn.value = true
    }

    async function post(path: string, body: object): Promise<Session> {
        const response = await fetch(`/api/v1/auth/${path}`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(body),
        })
        if (!response.ok) throw await problemOf(response)
        return response.json()
    }

    const signIn = async (body: { email?: string; username?: string; password: string }) =>
        adopt(await post('login', body))
    const signUp = async (body: { username: string; email: string; password: string; invitation?: string }) =>
        adopt(await post('register', body))
    /** A refresh token that a link carried in its fragment: it works once, so the link does. */
    const signInByLink = async (refresh: string) => adopt(await post('refresh', { refresh_token: refresh }))

    let pending: Promise<string> | undefined
    /** A token good for at least 30 s, refreshed when it is not. */
    function token(force = false): Promise<string> {
        if (!force && access.value && Date.now() < expiresAt.value - EARLY_MS)
            return Promise.resolve(access.value)
        pending ??= exclusive('chatsphere.refresh', refreshOnce).finally(() => (pending = undefined))
        return pending
    }
    async function refreshOnce(): Promise<string> {
        const refresh = localStorage.getItem(KEY)
        if (!refresh) throw new ProblemError({ status: 401, code: 'signed_out' })
        try {
            adopt(await post('refresh', { refresh_token: refresh }))
        } catch (error) {
            if (error instanceof ProblemError && error.problem.status === 401) forget()
            throw error
        }
        return access.value
    }

    /** The server refused a token that looked good: the next call gets a new one. */
    function expired() {
        expiresAt.value = 0
    }
    function forget() {
        localStorage.removeItem(KEY)
        access.value = ''
        signedIn.value = false
    }
    function signOut() {
        const refresh = localStorage.getItem(KEY)
        forget()
        if (refresh) {
            fetch('/api/v1/auth/logout', {
                method: 'POST',
                keepalive: true,
                headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify({ refresh_token: refresh }),
            }).catch(() => {})
        }
    }
    // Signed out in another tab: here, too.
    addEventListener('storage', (event) => {
        if (event.key === KEY && !event.newValue) forget()
    })

    const initials = computed(() =>
        (user.value?.first_name?.[0] ?? user.value?.username[0] ?? '?').toUpperCase(),
    )
    const RANK = { viewer: 0, editor: 1, admin: 2, owner: 3 } as const
    const may = (role: keyof typeof RANK) =>
        !workspace.value || RANK[workspace.value.role as keyof typeof RANK] >= RANK[role]
    return { user, workspace, signedIn, initials, may, signIn, signUp, signInByLink, signOut, token, expired }
})
