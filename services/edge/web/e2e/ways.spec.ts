/** The dashboard by keyboard, from right to left, in large text, over plain http, in two tabs, and with hostile names. */
import { expect, test } from '@playwright/test'
import { api, base, listen, register, signedIn, violations } from './harness'

test('the main job by keyboard alone', async ({ browser }) => {
    const owner = await register()
    const page = await signedIn(browser, owner)
    await page.goto('/')
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
    await page.keyboard.press('c')
    await expect(page.getByLabel('Name')).toBeFocused()
    await page.keyboard.type('Keyboard bot')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Keyboard bot' }).waitFor()
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('textbox', { name: 'Search or jump to' })).toBeFocused()
    await page.keyboard.type('share')
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/share$/)
    const toggle = page.getByRole('switch', { name: 'Public' })
    await toggle.focus()
    await page.keyboard.press('Space')
    await expect(toggle).toBeChecked()
    await page.keyboard.press('g')
    await page.keyboard.press('k')
    await expect(page).toHaveURL(/keys$/)
    await page.context().close()
})

test('from right to left, and 200 % text', async ({ browser }) => {
    const owner = await register()
    await api(owner.token, 'POST', '/api/v1/bots', { name: 'بوت' })
    const page = await signedIn(browser, owner, { locale: 'ar' })
    await page.goto('/')
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl')
    const side = await page.locator('aside').boundingBox()
    expect(side!.x).toBeGreaterThan(600)
    await page.setViewportSize({ width: 640, height: 900 })
    await page.evaluate(() => (document.documentElement.style.fontSize = '200%'))
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
        0,
    )
    expect(await violations(page)).toEqual([])
    await page.context().close()
})

test('over plain http on a name that is not loopback', async ({ browser }) => {
    const at = base.replace('127.0.0.1', 'chat.test')
    const owner = await register()
    const page = await signedIn(browser, owner, {}, at)
    const said = listen(page.context())
    await page.goto('/')
    expect(await page.evaluate(() => isSecureContext)).toBe(false)
    await page.getByRole('button', { name: 'New bot' }).first().click()
    await page.getByLabel('Name').fill('Plain')
    await page.getByRole('button', { name: 'Make the bot' }).click()
    await page.getByRole('heading', { level: 1, name: 'Plain' }).waitFor()
    expect(said).toEqual([])
    await page.context().close()
})

test('two tabs that refresh together stay signed in', async ({ browser }) => {
    const owner = await register()
    const one = await signedIn(browser, owner)
    const two = await one.context().newPage()
    for (let round = 0; round < 3; round++) {
        await Promise.all([one.goto('/settings'), two.goto('/settings')])
        for (const page of [one, two])
            await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible()
    }
    await one.context().close()
})

test('hostile names run and load nothing', async ({ browser }) => {
    const hostile = `"><img src=x onerror="document.documentElement.dataset.ran=1"><script>document.documentElement.dataset.ran=1</script>`
    const owner = await register(hostile.slice(0, 90))
    const bot = await api<{ id: string }>(owner.token, 'POST', '/api/v1/bots', {
        name: hostile.slice(0, 100),
        description: hostile,
    })
    await api(owner.token, 'POST', `/api/v1/bots/${bot.id}/documents`, {
        name: `${hostile.replaceAll('/', '_')}.md`,
        text: `# ${hostile}\n\n${hostile} [x](javascript:alert(1)) ![p](http://127.0.0.1:9/x.png)`,
    })
    const page = await signedIn(browser, owner)
    const said = listen(page.context())
    const foreign: string[] = []
    page.on(
        'request',
        (request) =>
            !request.url().startsWith(base) &&
            !request.url().startsWith('data:') &&
            foreign.push(request.url()),
    )
    for (const path of [
        '/',
        `/bots/${bot.id}`,
        `/bots/${bot.id}/documents`,
        `/bots/${bot.id}/retrieval?q=img onerror`,
    ]) {
        await page.goto(path)
        await page.getByRole('heading', { level: 1 }).first().waitFor()
        await page.waitForTimeout(400)
        expect(await page.evaluate(() => document.documentElement.dataset.ran)).toBeUndefined()
    }
    expect(foreign).toEqual([])
    expect(said).toEqual([])
    await page.context().close()
})
