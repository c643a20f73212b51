/**
 * Markdown to DOM nodes, safely and as it streams.
 *
 * No HTML string is ever made: marked only cuts the text into tokens and every node comes
 * from createElement, so model output, documents and file names cannot become markup
 * (works under `require-trusted-types-for 'script'`). Raw HTML shows as text, images become
 * links (an image that loads by itself can carry data away), and only http, https, mailto
 * and tel links live.
 *
 * A block that is followed by another can no longer change, so each frame lexes only the
 * last block: the cost of a delta does not grow with the answer.
 */
import { Lexer, type Token, type Tokens } from 'marked'

export interface MarkdownOptions {
    /** Makes the node for [n]; null leaves it as text. */
    cite?: (index: number) => Node | null
    /** After each change of the DOM, for following the end. */
    onRender?: () => void
    /** A passage's own headings are not headings of the page. */
    plainHeadings?: boolean
}

export class MarkdownView {
    private tail = ''
    private live: Node[] = []
    private frame = 0

    constructor(
        private readonly root: HTMLElement,
        private readonly options: MarkdownOptions = {},
    ) {}

    push(delta: string): void {
        this.tail += delta.replace(/\r\n?/g, '\n')
        this.frame ||= requestAnimationFrame(() => {
            this.frame = 0
            this.render(false)
        })
    }

    end(): void {
        cancelAnimationFrame(this.frame)
        this.frame = 0
        this.render(true)
    }

    set(text: string): void {
        this.tail = text.replace(/\r\n?/g, '\n')
        this.live = []
        this.root.replaceChildren()
        this.end()
    }

    private render(final: boolean): void {
        for (const node of this.live) node.parentNode?.removeChild(node)
        const tokens = lex(this.tail)
        let last = tokens.length - 1
        while (last > 0 && tokens[last]!.type === 'space') last--
        const settled = final ? tokens.length : Math.max(last, 0)
        for (let i = 0; i < settled; i++) {
            this.root.append(...blocks([tokens[i]!], this.options))
            this.tail = this.tail.slice(tokens[i]!.raw.length)
        }
        this.live = final ? [] : blocks(lex(closeOpenMarks(this.tail)), this.options)
        this.root.append(...this.live)
        this.options.onRender?.()
    }
}

/** Text that nests deeper than the lexer can go is shown as it is. */
function lex(source: string): Token[] {
    try {
        return Lexer.lex(source, { gfm: true })
    } catch {
        return [{ type: 'unread', raw: source } as Token]
    }
}

/** While a block is still arriving: show `**bold` as bold at once and keep half a link quiet. */
function closeOpenMarks(text: string): string {
    if (/^ {0,3}(```|~~~)/m.test(text)) return text
    let out = text.replace(/!?\[([^\]]*)\]\([^)]*$/, '$1').replace(/\[\d{0,3}$/, '')
    const count = (mark: RegExp) => (out.match(mark) ?? []).length
    if (count(/`/g) % 2) out += '`'
    else if (count(/\*\*/g) % 2) out = out.replace(/\s*\*?$/, '') + '**'
    return out
}

function el<K extends keyof HTMLElementTagNameMap>(tag: K, children: Node[] = []): HTMLElementTagNameMap[K] {
    const node = document.createElement(tag)
    node.append(...children)
    return node
}

function blocks(tokens: Token[], o: MarkdownOptions): Node[] {
    return tokens.flatMap((token) => block(token, o))
}

function block(token: Token, o: MarkdownOptions): Node[] {
    switch (token.type) {
        case 'space':
        case 'def':
            return []
        case 'heading':
            if (o.plainHeadings) return [el('p', [el('strong', inlines(token.tokens, o))])]
            return [
                el(`h${Math.min((token as Tokens.Heading).depth + 2, 6)}` as 'h3', inlines(token.tokens, o)),
            ]
        case 'paragraph':
            return [el('p', inlines(token.tokens, o))]
        case 'blockquote':
            return [el('blockquote', blocks(token.tokens ?? [], o))]
        case 'hr':
            return [el('hr')]
        case 'code':
            return [codeBlock(token as Tokens.Code)]
        case 'list': {
            const { ordered, start, items } = token as Tokens.List
            const list = el(
                ordered ? 'ol' : 'ul',
                items.map((item) => listItem(item, o)),
            )
            if (ordered && start !== 1 && start !== '') (list as HTMLOListElement).start = Number(start)
            return [list]
        }
        case 'table':
            return [table(token as Tokens.Table, o)]
        case 'text':
            return token.tokens ? inlines(token.tokens, o) : text(token.text, o)
        default:
            return token.raw.trim() ? [el('p', [document.createTextNode(token.raw)])] : []
    }
}

function listItem(item: Tokens.ListItem, o: MarkdownOptions): Node {
    const node = el('li', blocks(item.tokens, o))
    if (item.task) node.prepend(item.checked ? '☑ ' : '☐ ')
    return node
}

function codeBlock(token: Tokens.Code): Node {
    const pre = el('pre', [el('code', [document.createTextNode(token.text)])])
    pre.tabIndex = 0
    return pre
}

function table(token: Tokens.Table, o: MarkdownOptions): Node {
    const row = (cells: Tokens.TableCell[], tag: 'th' | 'td') =>
        el(
            'tr',
            cells.map((cell) => {
                const node = el(tag, inlines(cell.tokens, o))
                if (tag === 'th') node.scope = 'col'
                if (cell.align) node.style.textAlign = cell.align
                return node
            }),
        )
    const wrap = el('div', [
        el('table', [
            el('thead', [row(token.header, 'th')]),
            el(
                'tbody',
                token.rows.map((r) => row(r, 'td')),
            ),
        ]),
    ])
    wrap.className = 'md-table'
    wrap.tabIndex = 0
    return wrap
}

function inlines(tokens: Token[] | undefined, o: MarkdownOptions): Node[] {
    return (tokens ?? []).flatMap((token): Node[] => {
        switch (token.type) {
            case 'text':
                return token.tokens ? inlines(token.tokens, o) : text(token.text, o)
            case 'escape':
                return [document.createTextNode(token.text)]
            case 'strong':
                return [el('strong', inlines(token.tokens, o))]
            case 'em':
                return [el('em', inlines(token.tokens, o))]
            case 'del':
                return [el('del', inlines(token.tokens, o))]
            case 'codespan':
                return [el('code', [document.createTextNode(token.text)])]
            case 'br':
                return [el('br')]
            case 'link':
                return [link(token.href, inlines(token.tokens, o))]
            case 'image':
                return [link(token.href, [document.createTextNode(token.text || token.href)])]
            default:
                return [document.createTextNode(token.raw)]
        }
    })
}

function link(href: string, children: Node[]): Node {
    if (!/^(https?:|mailto:|tel:)/i.test(href)) return el('span', children)
    const a = el('a', children)
    a.href = href
    a.target = '_blank'
    a.rel = 'noopener noreferrer nofollow ugc'
    return a
}

/** Plain text, in which [1] is a citation. */
function text(raw: string, o: MarkdownOptions): Node[] {
    return entities(raw)
        .split(/(\[\d{1,3}\])/)
        .filter(Boolean)
        .map((part) => {
            const index = /^\[(\d{1,3})\]$/.exec(part)?.[1]
            return (index && o.cite?.(Number(index))) || document.createTextNode(part)
        })
}

const NAMED: Record<string, string> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    nbsp: '\u00a0',
    hellip: '…',
    mdash: '—',
    ndash: '–',
}
function entities(raw: string): string {
    return raw.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (whole, dec, hex, name) => {
        if (name) return NAMED[name] ?? whole
        const code = dec ? Number(dec) : parseInt(hex, 16)
        return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
    })
}
