// marked ends by making a default instance with an HTML renderer, which we never use (3 kB). Only its lexer is
// kept; if a new version looks different the build stops here. Do not reach for tree-shaking switches such as
// propertyWriteSideEffects instead: they silently remove assignments of our own code.
export const lexerOnly = {
    name: 'marked-lexer-only',
    transform(code, id) {
        if (!id.endsWith('marked.esm.js')) return
        const lexer = /(\w+) as Lexer[,}]/.exec(code)?.[1]
        const tail = code.search(/var \w+=new \w+;function \w+\(\w+,\w+\)\{return/)
        if (!lexer || tail < 0) throw new Error('marked has changed: adapt marked-lexer-only')
        return { code: `${code.slice(0, tail)}export{${lexer} as Lexer}`, map: null }
    },
}
