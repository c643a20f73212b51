// The browser suite, against the stack that WEB_URL names. tests/stack/browser.sh starts it.
import { defineConfig } from '@playwright/test'

export default defineConfig({
    testDir: 'e2e',
    testIgnore: ['widget.spec.ts', 'chat-page.spec.ts'], // of visitors, with a stack of their own
    outputDir: '../../../build/browser/results',
    timeout: 240_000,
    expect: { timeout: 20_000 },
    workers: 1,
    reporter: [['line'], ['json', { outputFile: '../../../build/browser/report.json' }]],
    use: {
        baseURL: process.env.WEB_URL ?? 'http://127.0.0.1:8080',
        locale: 'en-GB',
        reducedMotion: 'reduce',
        actionTimeout: 20_000,
        navigationTimeout: 30_000,
        launchOptions: {
            executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
            args: [
                ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
                '--disable-gpu',
                '--disable-background-networking',
                '--disable-component-update',
                '--no-first-run',
                '--force-color-profile=srgb',
                '--host-resolver-rules=MAP chat.test 127.0.0.1, MAP shop.test 127.0.0.1, EXCLUDE localhost',
            ],
        },
    } as object,
})
