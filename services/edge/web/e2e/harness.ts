/** What the specs share: accounts through the API, signed-in pages, axe beside the page's policy, and what a console says. */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import {
    expect,
    type BrowserContext,
    type BrowserContextOptions,
    type Browser,
    type Page,
} from '@playwright/test'

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const base = process.env.WEB_URL ?? 'http://127.0.0.1:8080'
export const pictures = new URL('../../../../build/browser/pictures/', import.meta.url).pathname
const PASSWORD = 'correct horse battery'

export interface Account {
    username: string
    token: string
}

export async function api<T = Record<string, unknown>>(
    token: string,
    method: string,
    path: string,
    body?: object,
): Promise<T> {
    const response = await fetch(base + path, {
        method,
        signal: AbortSignal.timeout(30_000),
        headers: {
            ...(body ? { 'content-type': 'application/json' } : {}),
            ...(token ? { authorization: `Bearer ${token}` } : {}),
        },
        body: body && JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (response.status === 204 ? {} : await response.json()) as T
}

let made = 0
export async function register(first = 'Mara'): Promise<Account> {
    const username = `web${process.pid}x${Date.now()}x${made++}`
    const session = await api<{ access_token: string }>('', 'POST', '/api/v1/auth/register', {
        username,
        email: `${username}@example.org`,
        password: PASSWORD,
        first_name: first,
    })
    return { username, token: session.access_token }
}

/** A page that is signed in: a session of its own, because a refresh token works once. */
export async function signedIn(
    browser: Browser,
    account: Account,
    options: BrowserContextOptions = {},
    at = base,
): Promise<Page> {
    const session = await api<{ refresh_token: string }>('', 'POST', '/api/v1/auth/login', {
        username: account.username,
        password: PASSWORD,
    })
    const context = await browser.newContext({
        baseURL: at,
        reducedMotion: 'reduce',
        locale: 'en-GB',
        ...options,
    })
    const page = await context.newPage()
    await page.goto('/theme.js')
    await page.evaluate((token) => localStorage.setItem('chatsphere.refresh', token), session.refresh_token)
    return page
}

/** Collects what a page should never say: errors, and violations of its policy. */
export function listen(context: BrowserContext): string[] {
    const said: string[] = []
    context.on('console', (message) => {
        // a refusal that a page is made to show is logged by the browser itself
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
            said.push(message.text())
    })
    context.on('weberror', (error) => said.push(error.error().message))
    return said
}

export async function violations(page: Page): Promise<string[]> {
    const cdp = await page.context().newCDPSession(page)
    const { frameTree } = await cdp.send('Page.getFrameTree')
    const world = { frameId: frameTree.frame.id, worldName: 'axe' }
    const { executionContextId: contextId } = await cdp.send('Page.createIsolatedWorld', world)
    await cdp.send('Runtime.evaluate', { contextId, expression: axe })
    const run = `axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(
        (r) => r.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.failureSummary)).join(' | ')))`
    const { result } = await cdp.send('Runtime.evaluate', {
        contextId,
        expression: run,
        awaitPromise: true,
        returnByValue: true,
    })
    await cdp.detach()
    return (result.value as string[] | undefined) ?? [`axe did not run: ${JSON.stringify(result)}`]
}

export async function documentsReady(account: Account, bot: string, count: number): Promise<void> {
    await expect
        .poll(
            async () =>
                (
                    await api<{ items: unknown[] }>(
                        account.token,
                        'GET',
                        `/api/v1/bots/${bot}/documents?status=ready`,
                    )
                ).items.length,
            { timeout: 60_000 },
        )
        .toBe(count)
}
