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

export const useSession = defineStore('session', () => {
    const access = ref('')
    const expiresAt = ref(0)
    const user = ref<Session['user']>()
    const workspace = ref<Session['workspace']>()
    const signedIn = ref(Boolean(localStorage.getItem(KEY)))

    function adopt(session: Session) {
        access.value = session.access_token!
        expiresAt.value = Date.now() + session.expires_in! * 1000
        user.value = session.user
        workspace.value = session.workspace
        localStorage.setItem(KEY, session.refresh_token!)
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

    async function signIn(body: { email?: string; username?: string; password: string }) {
        adopt(await post('login', body))
    }
    async function signUp(body: { username: string; email: string; password: string }) {
        adopt(await post('register', body))
    }

    let pending: Promise<string> | undefined
    /** A token good for at least 30 s, refreshed when it is not. */
    function token(force = false): Promise<string> {
        if (!force && access.value && Date.now() < expiresAt.value - 30_000)
            return Promise.resolve(access.value)
        pending ??= exclusive('chatsphere.refresh', async () => {
            const refresh = localStorage.getItem(KEY)
            if (!refresh) throw signedOut()
            try {
                adopt(await post('refresh', { refresh_token: refresh }))
            } catch (error) {
                if (error instanceof ProblemError && error.problem.status === 401) signOut()
                throw error
            }
            return access.value
        }).finally(() => (pending = undefined))
        return pending
    }

    function signOut() {
        const refresh = localStorage.getItem(KEY)
        localStorage.removeItem(KEY)
        access.value = ''
        signedIn.value = false
        if (refresh)
            fetch('/api/v1/auth/logout', {
                method: 'POST',
                keepalive: true,
                headers: { 'Content-Type': 'application/json' },
                body: JSON.stringify({ refresh_token: refresh }),
            })
    }
    const signedOut = () => Object.assign(new Error('signed out'), { signedOut: true })

    const initials = computed(() =>
        (user.value?.first_name?.[0] ?? user.value?.username?.[0] ?? '?').toUpperCase(),
    )
    return { user, workspace, signedIn, initials, signIn, signUp, signOut, token }
})
