/**
 * The world of a visitor: bots of an owner on a running stack, sites of customers on other origins, and a browser.
 * WEB_URL is the edge, WEB_PROVIDER the test provider, WEB_ROOT the repository whose tools/stack restarts the edge.
 */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { expect, test as base, type Page } from '@playwright/test'

export const URL_OF_EDGE = process.env.WEB_URL ?? 'http://127.0.0.1:8080'
const PROVIDER = process.env.WEB_PROVIDER ?? ''
const ROOT = process.env.WEB_ROOT ?? path.resolve(import.meta.dirname, '../../../..')
const HOST = path.resolve(import.meta.dirname, 'host')

// ---- the owner ----

export class Owner {
    token = ''

    async call(method: string, to: string, body?: unknown, token = this.token) {
        const response = await fetch(`${URL_OF_EDGE}/api/v1${to}`, {
            method,
            headers: {
                ...(body ? { 'Content-Type': 'application/json' } : {}),
                ...(token ? { Authorization: `Bearer ${token}` } : {}),
            },
            body: body ? JSON.stringify(body) : undefined,
        })
        const text = await response.text()
        if (!response.ok) throw new Error(`${method} ${to}: ${response.status} ${text}`)
        return text ? JSON.parse(text) : {}
    }
    async register() {
        const name = `owner-${process.pid}-${Math.random().toString(36).slice(2, 8)}`
        this.token = (
            await this.call('POST', '/auth/register', {
                username: name,
                email: `${name}@example.org`,
                password: 'correct horse battery',
            })
        ).access_token
    }
    /** A public bot; with a model its answers come from the test provider (tests/provider/behaviour.h). */
    async bot(
        o: { model?: string; text?: string; document?: string; [field: string]: unknown } = {},
    ): Promise<string> {
        const { model, text, document, ...fields } = o
        const { id } = await this.call('POST', '/bots', {
            name: 'Northwind Help',
            is_public: true,
            ...fields,
        })
        if (text) {
            const made = await this.call('POST', `/bots/${id}/documents`, {
                name: document ?? 'delivery.md',
                text,
            })
            await expect
                .poll(
                    async () => (await this.call('GET', `/bots/${id}/documents/${made.document.id}`)).status,
                    { timeout: 20_000 },
                )
                .toBe('ready')
        }
        if (model) {
            base.skip(!PROVIDER, 'WEB_PROVIDER names no test provider')
            await this.call('PUT', `/bots/${id}/provider-keys/house`, {
                api_key: 'sk-x',
                base_url: `${PROVIDER}/v1`,
            })
            await this.call('PATCH', `/bots/${id}`, {
                configuration: { llm_provider: 'house', llm_model: model },
            })
        }
        return id
    }
}

// ---- a customer's site ----

export interface Site {
    url: string
    close(): void
}

/** A page with the script tag; strict: the site's own policy is as narrow as the documentation says it may be. */
export async function site(
    bot: string,
    o: { strict?: boolean; attributes?: string; lang?: string; body?: string; app?: string } = {},
): Promise<Site> {
    const app = o.app ?? URL_OF_EDGE
    const sockets = app.replace(/^http/, 'ws')
    const types: Record<string, string> = {
        '.css': 'text/css',
        '.js': 'text/javascript',
        '.html': 'text/html; charset=utf-8',
    }
    const server = http.createServer((req, res) => {
        const name = new URL(req.url!, 'http://x').pathname.slice(1) || 'index.html'
        const file = path.join(HOST, path.basename(name))
        if (!fs.existsSync(file)) return void res.writeHead(404).end()
        const policy = `default-src 'none'; script-src 'self' ${app}; connect-src ${app} ${sockets}; style-src 'self'; img-src 'self' data:; frame-src ${app}; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'`
        res.writeHead(200, {
            'content-type': types[path.extname(file)] ?? 'text/plain',
            ...(o.strict === false ? {} : { 'content-security-policy': policy }),
        })
        res.end(
            fs
                .readFileSync(file, 'utf8')
                .replaceAll('{{APP}}', app)
                .replaceAll('data-bot="{{BOT}}"', `data-bot="${bot}" ${o.attributes ?? ''}`)
                .replace('lang="en"', `lang="${o.lang ?? 'en'}"`)
                .replace('<main>', `<main>${o.body ?? ''}`),
        )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => (server.closeAllConnections(), server.close()),
    }
}

/** A proxy before the edge that holds back what is streamed until its end, and knows no WebSocket, as nginx is by default. */
export async function bufferingProxy(): Promise<Site> {
    const edge = new URL(URL_OF_EDGE)
    const server = http.createServer((req, res) => {
        const out = http.request(
            {
                host: edge.hostname,
                port: edge.port,
                path: req.url,
                method: req.method,
                headers: { ...req.headers, host: req.headers.host },
            },
            (up) => {
                const parts: Buffer[] = []
                up.on('data', (part: Buffer) => parts.push(part))
                up.on('end', () => (res.writeHead(up.statusCode!, up.headers), res.end(Buffer.concat(parts))))
            },
        )
        out.on('error', () => res.destroy())
        req.pipe(out)
    })
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => (server.closeAllConnections(), server.close()),
    }
}

// ---- the edge ----

const state = process.env.CHATSPHERE_STATE ?? `${ROOT}/.run`
export const stack = {
    killEdge: () =>
        process.kill(Number(fs.readFileSync(`${state}/pids/edge`, 'utf8').trim().split(/\s+/)[0]), 'SIGKILL'),
    startEdge: () =>
        void execFileSync(`${ROOT}/tools/stack`, ['restart', 'edge'], {
            cwd: ROOT,
            stdio: 'ignore',
            timeout: 60_000,
        }),
}

// ---- the page ----

/** Console errors and policy violations of a page; those of refused or cut requests are the test's own doing. */
export function watch(page: Page): string[] {
    const seen: string[] = []
    page.on('pageerror', (e) => seen.push(e.message))
    page.on(
        'console',
        (m) =>
            m.type() === 'error' &&
            !/Failed to load resource|ERR_|WebSocket connection to/.test(m.text()) &&
            seen.push(m.text()),
    )
    return seen
}
export const launcher = (page: Page) => page.locator('#chatsphere .launcher')
export const field = (page: Page) => page.getByRole('textbox', { name: 'Message' })
export const answers = (page: Page) => page.locator('.bot .answer:not(.source-text)')
export async function ask(page: Page, question: string) {
    await field(page).fill(question)
    await page.keyboard.press('Enter')
}
/** An answer is complete when it can be copied. */
export const complete = (page: Page, n = 1) =>
    expect(page.locator('.bot .foot:not([hidden])')).toHaveCount(n, { timeout: 30_000 })
export const textOf = async (page: Page) =>
    (await answers(page).allTextContents()).join('\n').replace(/\s+/g, ' ').trim()

/** What the server keeps of the visitor's conversation, which the page remembers. */
export async function stored(
    page: Page,
    bot: string,
): Promise<{ role: string; content: string; feedback?: { rating: string; comment?: string } }[]> {
    const [session, token] = await page.evaluate(
        (id) => ['session', 'token'].map((what) => localStorage.getItem(`chatsphere:${id}:${what}`)),
        bot,
    )
    const origin = new URL(page.url()).origin
    const response = await fetch(`${URL_OF_EDGE}/api/v1/chat/${bot}/session/${session}`, {
        headers: { Authorization: `Bearer ${token}`, Origin: origin },
    })
    return (await response.json()).messages
}

/** axe runs in a world of its own, so that the page's policy stays on. */
export async function axe(page: Page): Promise<string[]> {
    const source = fs.readFileSync(
        path.resolve(import.meta.dirname, '../node_modules/axe-core/axe.min.js'),
        'utf8',
    )
    const cdp = await page.context().newCDPSession(page)
    const { frameTree } = await cdp.send('Page.getFrameTree')
    const { executionContextId: contextId } = await cdp.send('Page.createIsolatedWorld', {
        frameId: frameTree.frame.id,
        worldName: 'axe',
    })
    await cdp.send('Runtime.evaluate', { contextId, expression: source })
    const expression = `axe.run(document.querySelector('#chatsphere') ?? document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then((r) => r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).join(' | ')))`
    const { result } = await cdp.send('Runtime.evaluate', {
        contextId,
        awaitPromise: true,
        returnByValue: true,
        expression,
    })
    return result.value as string[]
}
export const shot = (page: Page, name: string) =>
    page.screenshot({ path: path.join(process.env.WEB_SHOTS ?? 'shots', `${name}.png`) })

export const test = base.extend<object, { owner: Owner }>({
    owner: [
        async ({}, use) => {
            const owner = new Owner()
            await owner.register()
            await use(owner)
        },
        { scope: 'worker' },
    ],
})
export { expect }
