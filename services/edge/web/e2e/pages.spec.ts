/** Every page in both themes and three widths: axe, the console, the policy, nothing wider than the screen, a picture. */
import fs from 'node:fs'
import { expect, test } from '@playwright/test'
import { samples } from '../src/app/documents/samples'
import {
    api,
    base,
    documentsReady,
    listen,
    pictures,
    register,
    signedIn,
    violations,
    type Account,
} from './harness'

const WIDTHS = [1440, 390, 320]
let owner: Account
let bot = ''

test.beforeAll(async () => {
    fs.mkdirSync(pictures, { recursive: true })
    owner = await register()
    const make = (name: string, more: object = {}) =>
        api<{ id: string }>(owner.token, 'POST', '/api/v1/bots', { name, ...more })
    await make('Staff handbook', {
        description: 'Leave, travel and equipment, for people who work here.',
        widget: { color: '#7a3b8f' },
    })
    const made = await make('Northwind Help', {
        description: 'Orders, delivery, returns and care for customers of the shop.',
        is_public: true,
        configuration: {
            welcome_message: 'Hello! Ask me about orders, delivery, returns or how to brew.',
            suggested_questions: ['What does delivery cost?', 'How long do I have to send something back?'],
        },
        widget: { title: 'Northwind Help', color: '#1f5c46' },
    })
    bot = made.id
    for (const sample of samples) await api(owner.token, 'POST', `/api/v1/bots/${bot}/documents`, sample)
    await documentsReady(owner, bot, samples.length)
    const talk = await api<{ id: string }>(owner.token, 'POST', '/api/v1/conversations', {
        bot_id: bot,
        title: 'What does delivery cost?',
    })
    await api(owner.token, 'POST', `/api/v1/conversations/${talk.id}/messages`, {
        content: 'What does delivery cost?',
    })
})

const signedOut = ['/sign-in', '/join', '/reset']
const inside = () => [
    '/',
    `/bots/${bot}`,
    `/bots/${bot}/documents`,
    `/bots/${bot}/retrieval?q=how long until the refund`,
    `/bots/${bot}/conversations`,
    `/bots/${bot}/analytics`,
    `/bots/${bot}/share`,
    `/bots/${bot}/settings`,
    '/conversations',
    '/past',
    '/analytics',
    '/keys',
    '/events',
    '/events?show=webhooks',
    '/events?show=subscriptions',
    '/members',
    '/settings',
    '/admin',
]

for (const theme of ['light', 'dark'] as const) {
    test(`every page, ${theme}`, async ({ browser }) => {
        test.setTimeout(900_000)
        const bad: string[] = []
        const see = async (page: Awaited<ReturnType<typeof signedIn>>, path: string, said: string[]) => {
            await page.goto(path)
            await page.locator('h1').first().waitFor()
            await page.waitForLoadState('load')
            await expect(page.locator('.skeleton')).toHaveCount(0)
            for (const width of WIDTHS) {
                await page.setViewportSize({ width, height: width > 600 ? 900 : 844 })
                await page.waitForTimeout(150)
                const name = `${
                    path
                        .replace(bot, 'bot')
                        .replace(/[?=& ]/g, '-')
                        .slice(1)
                        .replace(/\//g, '-') || 'home'
                }-${theme}-${width}`
                const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
                if (wide > 0) bad.push(`${name}: ${wide} px wider than the screen`)
                for (const found of await violations(page)) bad.push(`${name}: axe ${found}`)
                await page.screenshot({ path: `${pictures}${name}.png` })
            }
            bad.push(...said.splice(0).map((text) => `${path}: console ${text}`))
        }
        const stranger = await browser.newContext({
            baseURL: base,
            colorScheme: theme,
            reducedMotion: 'reduce',
            locale: 'en-GB',
        })
        const out = await stranger.newPage()
        for (const path of signedOut) await see(out, path, listen(stranger))
        await stranger.close()
        const page = await signedIn(browser, owner, {
            colorScheme: theme,
            viewport: { width: 1440, height: 900 },
        })
        const said = listen(page.context())
        for (const path of inside()) await see(page, path, said)
        await page.context().close()
        expect(bad).toEqual([])
    })
}
