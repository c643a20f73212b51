/** The browser suite of visitors: Debian's chromium, no download. */
import { defineConfig } from '@playwright/test'

export default defineConfig({
    testDir: '.',
    testMatch: ['widget.spec.ts', 'chat-page.spec.ts'],
    outputDir: process.env.WEB_RESULTS ?? 'test-results',
    reporter: 'list',
    timeout: 60_000,
    workers: 1,
    use: {
        locale: 'en-GB',
        launchOptions: {
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
        },
    },
})
