// What a visitor loads, in bytes after gzip -9, beside the limits. A figure over its limit fails the build.
import fs from 'node:fs'
import { gzipSync } from 'node:zlib'

const KB = 1024

export function checkSizes(folder) {
    const manifest = JSON.parse(fs.readFileSync(`${folder}/manifest.json`, 'utf8'))
    const size = (file) => gzipSync(fs.readFileSync(`${folder}/${file}`), { level: 9 }).length
    const sum = (files) => [...files].reduce((total, file) => total + size(file), 0)
    const entry = (name) => name && Object.keys(manifest).find((key) => key.endsWith(name))

    // a chunk with all that it imports at once
    function load(key, into = { js: new Set(), css: new Set() }) {
        const chunk = manifest[key]
        if (!chunk || into.js.has(chunk.file)) return into
        if (chunk.file.endsWith('.js')) into.js.add(chunk.file)
        for (const css of chunk.css ?? []) into.css.add(css)
        for (const next of chunk.imports ?? []) load(next, into)
        return into
    }
    // a page of the dashboard with what stands around it, and one language
    function page(...names) {
        const all = load(entry('index.html'))
        for (const name of [...names, 'locales/en.ts', 'locales/en.json']) load(entry(name), all)
        return all
    }

    const chat = load(entry('chat.html'))
    const signIn = page('pages/SignIn.vue')
    const routes = Object.keys(manifest).filter((key) => key.includes('app/pages/'))
    const ofBots = /pages\/(Bot|Conversation|Analytics)/
    const [heaviest, where] = routes
        .map((route) => [
            page('shell/AppShell.vue', ofBots.test(route) ? 'shell/BotShell.vue' : '', route),
            route,
        ])
        .reduce((most, one) => (sum(one[0].js) > sum(most[0].js) ? one : most), [signIn, 'sign-in'])
    const widget = fs.readdirSync(`${folder}/widget`).filter((name) => /^app-/.test(name))
    const widgetShared = fs
        .readdirSync(`${folder}/widget`)
        .filter((name) => name.endsWith('.js') && !/^(app|[a-z]{2})-/.test(name))
    const rows = [
        ['widget.js', size('widget.js'), 3.5],
        [
            'widget in all, English',
            size('widget.js') + sum([...widget, ...widgetShared].map((n) => `widget/${n}`)),
            30,
        ],
        ['chat page', sum(chat.js) + sum(chat.css), 30],
        ['sign-in, scripts', sum(signIn.js), 100],
        [`first route ${where.split('/').pop()}`, sum(heaviest.js), 180],
        ['style sheets', sum(heaviest.css), 16],
    ]
    let held = true
    for (const [name, bytes, limit] of rows) {
        const good = bytes <= limit * KB
        held &&= good
        console.log(
            `web: ${name.padEnd(30)} ${(bytes / KB).toFixed(1).padStart(6)} kB of ${limit}${good ? '' : '  TOO LARGE'}`,
        )
    }
    return held
}
