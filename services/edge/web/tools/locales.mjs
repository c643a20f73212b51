// Every word that a page asks for is there, in every language, with the same names in braces; else the build stops.
import fs from 'node:fs'
import path from 'node:path'

const flat = (tree, at = '') =>
    Object.entries(tree).flatMap(([key, value]) =>
        typeof value === 'string' ? [[at + key, value]] : flat(value, `${at}${key}.`),
    )
const names = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join(' ')

/** The words of a file, which is an object literal behind a type. */
export async function loadWords(source) {
    const script = source.replace(/^import type .*$/m, '').replace(/const (\w+): Messages =/, 'const $1 =')
    return (await import(`data:text/javascript,${encodeURIComponent(script)}`)).default
}
const load = (file) => loadWords(fs.readFileSync(file, 'utf8'))

export async function checkLocales(app) {
    const folder = path.join(app, 'locales')
    const english = new Map(flat(await load(path.join(folder, 'en.ts'))))
    const wrong = []
    for (const file of fs.readdirSync(folder)) {
        const words = new Map(flat(await load(path.join(folder, file))))
        for (const [key, text] of english) {
            if (!words.has(key)) wrong.push(`${file}: ${key} is missing`)
            else if (names(words.get(key)) !== names(text))
                wrong.push(`${file}: ${key} has other names than in English`)
        }
        for (const key of words.keys())
            if (!english.has(key)) wrong.push(`${file}: ${key} is not used by English`)
    }
    const prefixes = new Set()
    for (const name of fs.readdirSync(app, { recursive: true })) {
        if (!/\.(vue|ts)$/.test(name) || name.startsWith('locales')) continue
        const source = fs.readFileSync(path.join(app, name), 'utf8')
        for (const [, key] of source.matchAll(/\bt\(\s*'([\w.]+)'/g))
            if (!english.has(key)) wrong.push(`${name}: there is no word ${key}`)
        for (const [, key] of source.matchAll(/\bt\(\s*`([\w.]+)\$\{/g)) prefixes.add(key)
    }
    for (const prefix of prefixes) {
        if (![...english.keys()].some((key) => key.startsWith(prefix)))
            wrong.push(`there is no word that begins with ${prefix}`)
    }
    if (wrong.length) throw new Error(`words:\n${wrong.join('\n')}`)
}
