// The words are compiled when the pages are built, so that no compiler is loaded with them (5 kB).
import { baseCompile } from '@intlify/message-compiler'
import { loadWords } from './locales.mjs'

const options = { jit: true, mangle: true, optimize: true, location: false }
const compile = (value) =>
    typeof value === 'string'
        ? baseCompile(value, options).ast
        : Object.fromEntries(Object.entries(value).map(([key, v]) => [key, compile(v)]))

export const words = {
    name: 'compiled-words',
    enforce: 'pre',
    async transform(code, id) {
        if (!/app\/locales\/\w+\.ts$/.test(id)) return
        return { code: `export default ${JSON.stringify(compile(await loadWords(code)))}`, map: null }
    },
}
