/** From an account to an answering bot on another site, as a new owner does it; and the owner reads what was asked. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { api, base, listen } from './harness'

let shop: http.Server
let line = ''
let origin = ''

// A site of another origin with a strict policy of its own, which has nothing but the copied line.
test.beforeAll(async () => {
    shop = http.createServer((request, response) => {
        const policy = `default-src 'none'; script-src ${base}; connect-src ${base} ${base.replace('http', 'ws')}; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'`
        response.setHeader('content-type', 'text/html; charset=utf-8')
        response.setHeader('content-security-policy', policy)
        response.end(
            `<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1></main>${line}</html>`,
        )
    })
    await new Promise<void>((done) => shop.listen(0, '127.0.0.1', done))
    origin = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`
})
test.afterAll(() => shop.close())

test('sign-up, bot, document, cited answer, public, another site, transcript', async ({ browser }) => {
    const context = await browser.newContext({ baseURL: base, locale: 'en-GB', reducedMotion: 'reduce' })
    const page = await context.newPage()
    const said = listen(context)
    let clicks = 0
    const click = async (name: string | RegExp, role: 'button' | 'link' | 'switch' = 'button') => {
        clicks++
        await page
            .getByRole(role, { name, exact: typeof name === 'string' })
            .first()
            .click()
    }
    const began = Date.now()
    const name = `new${Date.now()}`

    await page.goto('/join')
    await page.getByLabel('User name').fill(name)
    await page.getByLabel('E-mail').fill(`${name}@example.org`)
    await page.getByLabel('Password').fill('correct horse battery')
    await click('Create account')
    await click('Make a bot')
    await page.getByLabel('Name').fill('Shop help')
    await click('Make the bot')
    await click('Take three sample documents')
    await expect(page.getByText('Ready', { exact: true })).toHaveCount(3, { timeout: 60_000 })
    await page.getByRole('textbox', { name: 'Message' }).fill('What does express delivery cost?')
    await page.keyboard.press('Enter')
    await expect(page.locator('.answer .cite').first()).toBeVisible()
    await click('Share', 'link')
    await click('Public', 'switch')
    await page.getByLabel('Sites it may live on').fill(origin)
    await click('Save')
    await expect(page.getByText('Any site may show this bot')).toHaveCount(0)
    line = (await page.locator('pre code').first().innerText()).replace(
        /src="[^"]*\/widget\.js"/,
        `src="${base}/widget.js"`,
    )

    const visitor = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
    const site = await visitor.newPage()
    await site.goto(origin)
    await site.locator('#chatsphere .launcher').click()
    await site
        .locator('#chatsphere')
        .getByRole('textbox', { name: 'Message' })
        .fill('How long do I have to send something back?')
    await site.keyboard.press('Enter')
    await expect(site.locator('#chatsphere .answer').first()).toContainText('30 days')
    await visitor.close()

    await page.getByRole('navigation', { name: 'Bot' }).getByRole('link', { name: 'Conversations' }).click()
    clicks++
    const seconds = (Date.now() - began) / 1000
    console.log(`first visit: ${seconds.toFixed(1)} s, ${clicks} clicks`)
    expect(clicks).toBeLessThanOrEqual(12)
    expect(said).toEqual([])

    // the owner's view of what visitors asked, where the server has it
    const token = (
        await api<{ access_token: string }>('', 'POST', '/api/v1/auth/login', {
            username: name,
            password: 'correct horse battery',
        })
    ).access_token
    const view = await api<{ items: unknown[] }>(token, 'GET', '/api/v1/conversations?scope=workspace').catch(
        () => undefined,
    )
    if (!view)
        console.log('first visit: this server has no view of the workspace; the transcript is not read')
    else {
        await page.reload()
        await page
            .getByRole('button', { name: /send something back/ })
            .first()
            .click()
        await expect(page.getByRole('log', { name: 'Transcript' })).toContainText('30 days')
    }
    await context.close()
})
