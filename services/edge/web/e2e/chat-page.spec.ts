/** The hosted page /chat/{bot_id}: looks, languages, hostile content. */
import { ask, axe, complete, expect, field, shot, stored, test, textOf, URL_OF_EDGE, watch } from './visitor'

const TEXT =
    '# Delivery\n\n## Prices\n\n| Kind | Price | Time |\n|---|---|---|\n| Standard | 4.90 EUR | 2 to 4 days |\n| Express | 9.90 EUR | next day |\n\n## Returns\n\nYou may send back any item within **30 days** of delivery.'
const QUESTION = 'What does express delivery cost?'

for (const theme of ['light', 'dark'] as const) {
    for (const width of [1440, 390, 320]) {
        test(`${theme}, ${width} px: accessible, quiet and in one piece`, async ({ browser, owner }) => {
            const context = await browser.newContext({
                viewport: { width, height: width === 1440 ? 900 : 760 },
                colorScheme: theme,
                reducedMotion: 'reduce',
                locale: 'en-GB',
            })
            const page = await context.newPage()
            const errors = watch(page)
            const bot = await owner.bot({
                text: TEXT,
                widget: { color: '#1f5c46' },
                configuration: {
                    welcome_message: 'Hello! Ask me about orders, delivery and returns.',
                    suggested_questions: [QUESTION, 'How long may I keep it?'],
                },
            })
            await page.goto(`${URL_OF_EDGE}/chat/${bot}`)
            await page.getByRole('button', { name: QUESTION }).waitFor()
            expect(await axe(page)).toEqual([])
            await shot(page, `chat-hello-${theme}-${width}`)
            await page.getByRole('button', { name: QUESTION }).click()
            await complete(page)
            await page.locator('.more').click()
            expect(await axe(page)).toEqual([])
            await shot(page, `chat-${theme}-${width}`)
            expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
            expect((await page.locator('.log').boundingBox())!.width).toBeLessThanOrEqual(46 * 16)
            expect(errors).toEqual([])
            await context.close()
        })
    }
}

test('title, language, prefilled question, and no index', async ({ page, owner }) => {
    const bot = await owner.bot({ name: 'Hilfe', widget: { texts: { fr: { title: 'Aide' } } } })
    await page.goto(`${URL_OF_EDGE}/chat/${bot}?locale=fr&q=${encodeURIComponent('Combien ?')}`)
    await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('Combien ?')
    await expect(page).toHaveTitle('Aide')
    await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
    await expect(page.locator('meta[name=robots]')).toHaveAttribute('content', /noindex/)
    await expect(page.locator('.you')).toHaveCount(0)
    await page.goto(`${URL_OF_EDGE}/chat/018f0000-0000-7000-8000-000000000000`)
    await expect(page.getByText('There is no public assistant at this address.')).toBeVisible()
})

test('the answer of a bot with allowed origins reaches the platform’s own page', async ({ page, owner }) => {
    const bot = await owner.bot({ text: TEXT, allowed_origins: ['https://elsewhere.example'] })
    await page.goto(`${URL_OF_EDGE}/chat/${bot}`)
    await ask(page, QUESTION)
    await complete(page)
    expect(await stored(page, bot)).toHaveLength(2)
})

const EVIL = [
    '<img src=x onerror="window.pwned=1">',
    '<script>window.pwned=1</script>',
    '[a](javascript:window.pwned=1)',
    '[a](JaVaScRiPt:window.pwned=1)',
    '[a](data:text/html,<script>1</script>)',
    '![a](https://evil.example/?leak)',
    '<svg/onload=window.pwned=1>',
    '<iframe src="javascript:window.pwned=1">',
    '[a](\u0001javascript:window.pwned=1)',
    '[a](&#106;avascript:window.pwned=1)',
    '<a href="javascript:window.pwned=1">x</a>',
    '```html\n<img src=x onerror=window.pwned=1>\n```',
    '| <img src=x onerror=window.pwned=1> | b |\n|---|---|\n| [x](vbscript:1) | 2 |',
    '[1] [2](javascript:window.pwned=1) [99]',
    '<!-- --!><img src=x onerror=window.pwned=1>-->',
    '[x]: javascript:window.pwned=1\n\n[x]',
    '<https://ok.example> <javascript:window.pwned=1>',
    '&lt;img src=x onerror=window.pwned=1&gt;',
    '![x](x "onerror=window.pwned=1")',
    '>'.repeat(2000) + ' deep',
].join('\n\n')

test('hostile answers, passages, file and bot names: nothing runs, nothing loads', async ({
    page,
    owner,
}) => {
    const errors = watch(page)
    const loaded: string[] = []
    page.on(
        'request',
        (r) => !r.url().startsWith(URL_OF_EDGE) && !r.url().startsWith('data:') && loaded.push(r.url()),
    )
    const name = '<img src=x onerror=window.pwned=1>'
    const bot = await owner.bot({
        name,
        document: `${name.replaceAll('/', '')}.md`,
        text: `# ${name}\n\n${EVIL}`,
        model: 'test?echo=1',
        widget: { title: name },
    })
    await page.goto(`${URL_OF_EDGE}/chat/${bot}`)
    await ask(page, EVIL)
    await complete(page)
    await page.locator('.more').click()
    const dom = await page.evaluate(() => ({
        pwned: (window as unknown as { pwned?: number }).pwned,
        elements: document.querySelectorAll('.log :is(img, script, iframe, style, form, object, svg[onload])')
            .length,
        links: [...document.querySelectorAll<HTMLAnchorElement>('.log a')]
            .map((a) => a.href)
            .filter((href) => !/^(https?|mailto|tel):/.test(href)),
        handlers: [...document.querySelectorAll('.log *')].filter((e) =>
            [...e.attributes].some((a) => a.name.startsWith('on')),
        ).length,
    }))
    expect(dom).toEqual({ pwned: undefined, elements: 0, links: [], handlers: 0 })
    expect(await textOf(page)).toContain('<script>window.pwned=1</script>')
    expect(loaded).toEqual([])
    expect(errors).toEqual([])
    await shot(page, 'chat-hostile')
    await field(page).focus()
})
