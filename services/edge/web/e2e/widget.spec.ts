/** The widget on a customer's site with a style sheet and shortcuts of its own, under the narrowest policy. */
import crypto from 'node:crypto'
import {
    answers,
    ask,
    axe,
    bufferingProxy,
    complete,
    expect,
    field,
    launcher,
    shot,
    site,
    stack,
    stored,
    test,
    textOf,
    URL_OF_EDGE,
    watch,
    type Site,
} from './visitor'

const TEXT =
    '# Delivery\n\n## Prices\n\nExpress delivery costs 9.90 EUR and comes the next working day.\n\n## Returns\n\nYou may send back any item within **30 days** of delivery.'
const SLOW = 'test?words=40&token=60'
const QUESTION = 'What does express delivery cost?'

let shop: Site | undefined
test.afterEach(() => shop?.close())

test('answers on a strict site, which neither styles it nor gets its keys', async ({ page, owner }) => {
    const errors = watch(page)
    const bot = await owner.bot({
        text: TEXT,
        widget: { color: '#1f5c46', privacy_url: 'https://shop.example/privacy', avatar: '🦉' },
        configuration: {
            welcome_message: 'Hello! Ask me about orders.',
            suggested_questions: [QUESTION, 'How long may I keep it?'],
        },
    })
    shop = await site(bot)
    await page.goto(shop.url)
    await launcher(page).waitFor()
    expect(await page.evaluate(() => document.documentElement.dataset.chatReady)).toBe('1')
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([])
    await launcher(page).click()
    await page.getByRole('button', { name: QUESTION }).waitFor()
    expect(await axe(page)).toEqual([])
    await shot(page, 'widget-hello')
    await page.getByRole('button', { name: QUESTION }).click()
    await complete(page)
    expect(await textOf(page)).toContain('9.90 EUR')
    const style = await page
        .locator('.compose button')
        .evaluate((b) => [
            getComputedStyle(b).textTransform,
            getComputedStyle(b).borderTopWidth,
            getComputedStyle(b).backgroundColor,
        ])
    expect(style.slice(0, 2)).toEqual(['none', '0px'])
    await page.locator('.cite').first().click()
    await expect(page.locator('.sources li.lit')).toBeVisible()
    expect(await axe(page)).toEqual([])
    await shot(page, 'widget-sources')
    await field(page).focus()
    await page.keyboard.type('sss')
    expect(await page.evaluate(() => document.documentElement.dataset.hijacked)).toBeUndefined()
    expect(await page.evaluate(() => Object.keys(localStorage).sort())).toEqual([
        `chatsphere:${bot}:session`,
        `chatsphere:${bot}:token`,
    ])
    await page.keyboard.press('Escape')
    await expect(page.locator('.panel')).toBeHidden()
    expect(
        await page.evaluate(
            () => document.querySelector('#chatsphere')!.shadowRoot!.activeElement?.className,
        ),
    ).toBe('launcher')
    // the owner sees where it was shown
    expect(
        (await owner.call('GET', `/bots/${bot}/embed`)).seen.map((s: { origin: string }) => s.origin),
    ).toContain(shop.url)
    expect(errors).toEqual([])
})

test('an answer survives the death of the edge, and a reload: what is shown is what is stored, once', async ({
    page,
    owner,
}) => {
    const bot = await owner.bot({ model: SLOW })
    shop = await site(bot)
    await page.goto(shop.url)
    await launcher(page).click()
    await ask(page, 'Tell me all of it.')
    await expect.poll(() => textOf(page)).not.toBe('')
    stack.killEdge()
    stack.startEdge()
    await complete(page)
    const [, answer] = await stored(page, bot)
    expect(await textOf(page)).toBe(answer!.content.replace(/\s+/g, ' ').trim())
    expect(await stored(page, bot)).toHaveLength(2)
    await ask(page, 'And once more.')
    await expect.poll(async () => (await answers(page).last().textContent()) ?? '').not.toBe('')
    await page.reload()
    await launcher(page).click()
    await complete(page, 2)
    const messages = await stored(page, bot)
    expect(messages).toHaveLength(4)
    expect(await textOf(page)).toBe(
        [messages[1], messages[3]].map((m) => m!.content.replace(/\s+/g, ' ').trim()).join(' '),
    )
    // the next page of the site knows the conversation, and erases it on request
    await page.goto(`${shop.url}/?page=2`)
    await launcher(page).click()
    await expect(page.locator('.you')).toHaveCount(2)
    await page.getByRole('button', { name: 'New conversation' }).click()
    await expect(page.locator('.you')).toHaveCount(0)
    await page.reload()
    await launcher(page).click()
    await expect(page.locator('.hello')).toBeVisible()
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([])
})

test('WebSocket blocked, and a stream that a proxy holds back: the same answer', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT })
    const proxy = await bufferingProxy()
    shop = await site(bot, { app: proxy.url })
    await page.goto(shop.url)
    await launcher(page).click()
    await ask(page, QUESTION)
    await complete(page)
    expect(await textOf(page)).toContain('9.90 EUR')
    expect(await page.evaluate(() => sessionStorage.getItem('chatsphere:way'))).toBe('sse')
    const first = await textOf(page)
    await page.evaluate(() => sessionStorage.setItem('chatsphere:way', 'json'))
    await page.reload()
    await launcher(page).click()
    await ask(page, QUESTION)
    await complete(page, 2)
    expect(await textOf(page)).toBe(`${first} ${first}`)
    proxy.close()
})

test('offline: the message is kept and sent by itself', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT })
    shop = await site(bot)
    await page.goto(shop.url)
    await launcher(page).click()
    await field(page).fill(QUESTION)
    await page.context().setOffline(true)
    await page.keyboard.press('Enter')
    await expect(page.locator('.note')).toContainText('offline')
    await page.context().setOffline(false)
    await complete(page)
    await expect(page.locator('.note')).toBeHidden()
    expect(await stored(page, bot)).toHaveLength(2)
})

for (const [code, text, again] of [
    ['limited_minute', /You can send again in \d+ s/, true],
    ['limited_day', /limit for today/, false],
    ['limited_plan', /come back later/, false],
] as const) {
    test(`${code} is said, and the question is kept`, async ({ page, owner }) => {
        const bot = await owner.bot({})
        shop = await site(bot)
        await page.routeWebSocket(/.*/, (ws) => ws.close())
        await page.route('**/api/v1/chat/*', (r) =>
            r.request().method() === 'POST'
                ? r.fulfill({
                      status: 429,
                      contentType: 'application/problem+json',
                      headers: {
                          'retry-after': '2',
                          'access-control-allow-origin': '*',
                          'access-control-expose-headers': 'Retry-After',
                      },
                      body: JSON.stringify({ status: 429, code }),
                  })
                : r.continue(),
        )
        await page.goto(shop.url)
        await launcher(page).click()
        await ask(page, QUESTION)
        await expect(page.locator('.note')).toHaveText(text)
        await expect(field(page)).toHaveValue(QUESTION)
        await shot(page, `widget-${code}`)
        if (again) await expect(page.locator('.send')).toBeEnabled()
        else await expect(field(page)).toBeDisabled()
    })
}

test('no launcher where the bot is not allowed, and it leaves when the bot becomes private', async ({
    page,
    owner,
}) => {
    const bot = await owner.bot({ allowed_origins: ['https://elsewhere.example'] })
    shop = await site(bot)
    // the page of another site may not even read the refusal
    const refused = page.waitForEvent('requestfailed', (r) => r.url().endsWith('/config'))
    await page.goto(shop.url)
    await refused
    await expect(page.locator('#chatsphere')).toHaveCount(0)
    await owner.call('PATCH', `/bots/${bot}`, { allowed_origins: [] })
    await page.goto(`${shop.url}/?again`)
    await launcher(page).click()
    await owner.call('PATCH', `/bots/${bot}`, { is_public: false })
    await ask(page, QUESTION)
    await expect(page.locator('#chatsphere')).toHaveCount(0)
})

test('rating, with a reason, and the pressed thumb after a reload', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT })
    shop = await site(bot)
    await page.goto(shop.url)
    await launcher(page).click()
    await ask(page, QUESTION)
    await complete(page)
    await page.getByRole('button', { name: 'Bad answer' }).click()
    await page.getByRole('textbox', { name: 'What would have been better' }).fill('The price of gift wrap.')
    await shot(page, 'widget-feedback')
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Send feedback' }).click()
    await expect
        .poll(async () => (await stored(page, bot))[1]!.feedback)
        .toEqual({ rating: 'down', comment: 'The price of gift wrap.' })
    await page.reload()
    await launcher(page).click()
    await expect(page.getByRole('button', { name: 'Bad answer' })).toHaveAttribute('aria-pressed', 'true')
})

test('Enter of an input method does not send', async ({ page, owner }) => {
    const bot = await owner.bot({})
    shop = await site(bot)
    await page.goto(shop.url)
    await launcher(page).click()
    await field(page).fill('にほん')
    await field(page).evaluate((f) =>
        f.dispatchEvent(
            new KeyboardEvent('keydown', {
                key: 'Enter',
                isComposing: true,
                bubbles: true,
                cancelable: true,
            }),
        ),
    )
    await page.keyboard.press('Shift+Enter')
    await expect(page.locator('.you')).toHaveCount(0)
    await page.keyboard.press('Enter')
    await expect(page.locator('.you')).toHaveCount(1)
})

test('right to left: the panel, its side and its words', async ({ page, owner }) => {
    const bot = await owner.bot({
        text: TEXT,
        widget: {
            texts: {
                ar: {
                    title: 'مساعدة المتجر',
                    welcome_message: 'مرحباً! اسألني عن الطلبات.',
                    suggested_questions: ['ما تكلفة التوصيل السريع؟'],
                },
            },
        },
    })
    shop = await site(bot, { lang: 'ar' })
    await page.goto(shop.url)
    await launcher(page).click()
    await expect(page.locator('.panel')).toHaveAttribute('dir', 'rtl')
    await expect(page.getByRole('heading', { name: 'مساعدة المتجر' })).toBeVisible()
    const box = (await page.locator('.panel').boundingBox())!
    expect(box.x).toBeGreaterThanOrEqual(0)
    expect(box.x).toBeLessThan(100)
    await page.getByRole('textbox').fill(QUESTION)
    await page.keyboard.press('Enter')
    await complete(page)
    expect(await axe(page)).toEqual([])
    await shot(page, 'widget-rtl')
})

test('attributes of the tag, calls and events', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT, widget: { position: 'right', color: '#1f5c46' } })
    shop = await site(bot, {
        attributes:
            'data-position="left" data-offset-x="40" data-offset-y="60" data-z="7" data-label="Open the help" data-color="#ffdd00" data-theme="dark"',
    })
    await page.goto(shop.url)
    await page.getByRole('button', { name: 'Open the help' }).waitFor()
    const host = await page
        .locator('#chatsphere')
        .evaluate((e) => [
            e.style.zIndex,
            getComputedStyle(e).left,
            getComputedStyle(e).bottom,
            e.dataset.theme,
            e.style.getPropertyValue('--on-brand'),
        ])
    expect(host).toEqual(['7', '40px', '60px', 'dark', '#000000'])
    const seen = await page.evaluate(async (id) => {
        const { ChatSphere } = window as unknown as {
            ChatSphere: Record<string, (...a: unknown[]) => unknown> & { isOpen: boolean }
        }
        const events: unknown[] = []
        for (const name of ['open', 'close', 'message'])
            ChatSphere.on!(name, (d: unknown) => events.push([name, d ? Object.keys(d as object) : null]))
        document.addEventListener('chatsphere:open', () => events.push('dom'))
        await ChatSphere.open!()
        await ChatSphere.prefill!('a draft')
        await ChatSphere.close!()
        return { events, same: ChatSphere.get!(id) === ChatSphere, open: ChatSphere.isOpen }
    }, bot)
    expect(seen).toEqual({
        events: [['open', null], 'dom', ['open', null], 'dom', ['close', null]],
        same: true,
        open: false,
    })
    await page.evaluate(
        (q) => (window as unknown as { ChatSphere: { ask(t: string): void } }).ChatSphere.ask(q),
        QUESTION,
    )
    await complete(page)
    await page.evaluate(() =>
        (window as unknown as { ChatSphere: { set(o: object): Promise<void> } }).ChatSphere.set({
            locale: 'de',
            theme: 'light',
        }),
    )
    await expect(page.getByRole('textbox', { name: 'Nachricht' })).toBeVisible()
    await expect(page.locator('.you')).toHaveCount(1)
    await page.evaluate(() => (window as unknown as { ChatSphere: { destroy(): void } }).ChatSphere.destroy())
    await expect(page.locator('#chatsphere')).toHaveCount(0)
})

test('inside an element of the page, without a launcher', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT })
    shop = await site(bot, { attributes: 'data-target="#help"', body: '<div id="help"></div>' })
    await page.goto(shop.url)
    await expect(page.locator('#help #chatsphere .panel.inline')).toBeVisible()
    await expect(launcher(page)).toHaveCount(0)
    await ask(page, QUESTION)
    await complete(page)
})

test('behind the wall of an iframe the page sees neither chat nor token', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT })
    shop = await site(bot, { attributes: 'data-isolation="iframe"' })
    const errors = watch(page)
    await page.goto(shop.url)
    await launcher(page).click()
    const frame = page.frameLocator('#chatsphere .frame')
    await frame.getByRole('textbox', { name: 'Message' }).fill(QUESTION)
    await frame.getByRole('textbox', { name: 'Message' }).press('Enter')
    await expect(frame.locator('.bot .foot:not([hidden])')).toHaveCount(1, { timeout: 30_000 })
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([])
    await shot(page, 'widget-iframe')
    expect(errors).toEqual([])
})

test('a signed identity becomes part of the conversation', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT })
    const { secret } = await owner.call('POST', `/bots/${bot}/identity-secret`)
    const hmac = crypto.createHmac('sha256', secret).update('customer-4711').digest('hex')
    shop = await site(bot)
    await page.goto(shop.url)
    await launcher(page).click()
    const answer = page.waitForResponse((r) => r.url().endsWith('/sessions'))
    await page.evaluate(
        (h) =>
            (window as unknown as { ChatSphere: { identify(o: object): void } }).ChatSphere.identify({
                id: 'customer-4711',
                name: 'Ada',
                hmac: h,
            }),
        hmac,
    )
    await ask(page, QUESTION)
    expect((await answer).status()).toBe(201)
    await complete(page)
})

test('phones and narrow screens, text twice as large', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT, configuration: { suggested_questions: [QUESTION] } })
    shop = await site(bot)
    for (const [width, height] of [
        [390, 844],
        [320, 640],
    ] as const) {
        await page.setViewportSize({ width, height })
        await page.goto(shop.url)
        await launcher(page).click()
        await page.evaluate(
            (large) => (document.documentElement.style.fontSize = large ? '32px' : ''),
            width === 320,
        )
        await page.getByRole('button', { name: QUESTION }).click()
        await complete(page)
        expect(await page.locator('.panel').evaluate((e) => e.scrollWidth <= e.clientWidth + 1)).toBe(true)
        expect(await axe(page)).toEqual([])
        await shot(page, `widget-${width}`)
        await page.getByRole('button', { name: 'New conversation' }).click()
    }
})

test('the platform serves the loader to every site', async () => {
    const response = await fetch(`${URL_OF_EDGE}/widget.js`)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
})
