/** The chat itself: one view for the bubble, the inline element and the hosted page. */
import { MarkdownView } from '../core/markdown'
import { copyText, uuid } from '../core/plain-http'
import { ProblemError, runTurn, type Frame, type Problem, type Source } from '../core/turn'
import { h, icon } from './dom'
import en from './locales/en'
import { recall, remember, rememberTurn } from './memory'
import type { Config, Settings } from './loader'

const I = {
    up: 'M12 19V5M5 12l7-7 7 7',
    stop: 'M7 7h10v10H7z',
    down: 'M12 5v14M5 12l7 7 7-7',
    close: 'M18 6 6 18M6 6l12 12',
    again: 'M3 12a9 9 0 1 0 3-6.7L3 8M3 3v5h5',
    copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
    yes: 'M7 10v11M15 6l-1 4h6a2 2 0 0 1 2 2.4l-1.4 7A2 2 0 0 1 18.6 21H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1h3l4-8a3 3 0 0 1 4 4Z',
    no: 'M17 14V3M9 18l1-4H4a2 2 0 0 1-2-2.4l1.4-7A2 2 0 0 1 5.4 3H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-3l-4 8a3 3 0 0 1-4-4Z',
}
const MAX = 4000

type Words = typeof en
const LOCALES: Record<string, () => Promise<{ default: Words }>> = {
    de: () => import('./locales/de') as never,
    ar: () => import('./locales/ar') as never,
}

export interface Options {
    layout: 'floating' | 'inline' | 'page'
    settings: Settings
    config: Config
    emit(name: string, detail?: unknown): void
    onClose?(): void
    onUnread?(count: number): void
}
interface Stored {
    id: string
    role: string
    content: string
    status: string
    sources?: Source[]
    turn_id?: string
}

export class Chat {
    readonly element: HTMLElement
    private words: Words = en
    private log!: HTMLElement
    private field!: HTMLTextAreaElement
    private sendButton!: HTMLButtonElement
    private note!: HTMLElement
    private live!: HTMLElement
    private toEnd!: HTMLButtonElement
    private turn = ''
    private running?: AbortController
    private visible = false
    private unread = 0
    private started = false

    constructor(private readonly o: Options) {
        this.element = h('section', { className: `panel ${o.layout}`, hidden: true })
    }

    static async create(options: Options): Promise<Chat> {
        const chat = new Chat(options)
        const language = options.settings.locale.toLowerCase().split('-')[0]!
        chat.words = (await LOCALES[language]?.().catch(() => undefined))?.default ?? en
        chat.build()
        await chat.restore()
        return chat
    }

    private t(key: Exclude<keyof Words, 'dir'>, values: Record<string, string | number> = {}): string {
        return this.words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]))
    }
    private get name() {
        return this.o.config.widget?.title || this.o.config.name
    }

    private build() {
        const { layout } = this.o
        const title = h(layout === 'page' ? 'h1' : 'h2', { id: 'cs-title' }, this.name)
        this.log = h('div', {
            className: 'log',
            role: 'log',
            'aria-live': 'off',
            'aria-label': this.t('conversation', { name: this.name }),
            tabIndex: 0,
            onscroll: () => this.onScroll(),
        })
        this.field = h('textarea', {
            rows: 1,
            maxLength: MAX,
            placeholder: this.t('placeholder'),
            'aria-label': this.t('message'),
            enterKeyHint: 'send',
            oninput: () => this.sync(),
            onkeydown: (e: KeyboardEvent) => this.onKey(e),
        })
        this.sendButton = h('button', { className: 'ib send', type: 'submit', disabled: true })
        this.note = h('p', { className: 'note', role: 'status', hidden: true })
        this.live = h('p', { className: 'sr', role: 'status' })
        this.toEnd = h(
            'button',
            {
                className: 'to-end',
                type: 'button',
                hidden: true,
                'aria-label': this.t('latest'),
                onclick: () => this.follow(true),
            },
            icon(I.down),
        )
        const form = h(
            'form',
            {
                className: 'compose',
                onsubmit: (e: Event) => (
                    e.preventDefault(),
                    this.running ? this.cancel() : this.ask(this.field.value)
                ),
            },
            this.field,
            this.sendButton,
        )
        const head = h(
            'div',
            { className: 'head' },
            title,
            this.button('ib', this.t('restart'), I.again, () => this.reset()),
            layout === 'floating' && this.button('ib', this.t('close'), I.close, () => this.o.onClose?.()),
        )
        Object.assign(this.element, { dir: this.words.dir, lang: this.o.settings.locale })
        if (layout === 'floating')
            for (const [k, v] of [
                ['role', 'dialog'],
                ['aria-labelledby', 'cs-title'],
            ] as const)
                this.element.setAttribute(k, v)
        this.element.append(head, this.log, this.live, this.toEnd, this.note, form)
        // The page's own shortcuts must not fire while someone types here.
        for (const type of ['keydown', 'keyup', 'keypress'] as const)
            this.element.addEventListener(type, (e) => this.contain(e))
        addEventListener('online', () => this.say(''))
        if (layout === 'floating')
            visualViewport?.addEventListener('resize', () =>
                this.element.style.setProperty('--vh', `${visualViewport!.height}px`),
            )
        this.sync()
    }

    private button(className: string, label: string, path: string, onclick: () => void) {
        return h(
            'button',
            { className, type: 'button', 'aria-label': label, title: label, onclick },
            icon(path),
        )
    }

    private contain(event: KeyboardEvent) {
        if (this.o.layout === 'page') return
        event.stopPropagation()
        if (event.type !== 'keydown' || this.o.layout !== 'floating') return
        if (event.key === 'Escape') this.o.onClose?.()
        // Only where the panel covers the whole screen is focus kept in it.
        if (event.key === 'Tab' && matchMedia('(max-width: 480px)').matches) {
            const stops = [
                ...this.element.querySelectorAll<HTMLElement>(
                    'button:not([disabled]), textarea, a[href], [tabindex="0"]',
                ),
            ].filter((e) => e.offsetParent)
            const root = this.element.getRootNode() as ShadowRoot
            const edge = event.shiftKey ? stops[0] : stops.at(-1)
            if (root.activeElement === edge) {
                event.preventDefault()
                ;(event.shiftKey ? stops.at(-1) : stops[0])?.focus()
            }
        }
    }

    show(visible: boolean) {
        this.visible = visible
        this.element.hidden = !visible
        if (!visible) return
        this.count(0)
        if (!this.started) this.greet()
        this.follow(true)
        if (this.o.layout !== 'inline') this.field.focus({ preventScroll: true })
    }

    private count(n: number) {
        this.unread = n
        this.o.onUnread?.(n)
        if (n) this.o.emit('unread', { count: n })
    }

    private greet() {
        this.started = true
        const asks = (this.o.config.suggested_questions ?? []).map((q) =>
            h(
                'li',
                {},
                h('button', { className: 'ask', type: 'button', dir: 'auto', onclick: () => this.ask(q) }, q),
            ),
        )
        this.element.dataset.fresh = ''
        this.log.replaceChildren(
            h('p', { className: 'hello', dir: 'auto' }, this.o.config.welcome_message || this.t('hello')),
            asks.length ? h('ul', { className: 'asks' }, ...asks) : '',
        )
    }

    // ── Talking ──────────────────────────────────────────────────────────────────────────────────
    private url(path: string) {
        return `${this.o.settings.base}/api/v1/${path}`
    }
    private headers(extra: Record<string, string> = {}): Record<string, string> {
        const known = recall(this.o.settings.bot)
        return known ? { ...extra, Authorization: `Bearer ${known.token}` } : extra
    }

    async ask(text: string): Promise<void> {
        text = text.trim().slice(0, MAX)
        if (!text || this.running) return
        if (!this.started || !this.log.querySelector('.you')) this.log.replaceChildren()
        this.started = true
        delete this.element.dataset.fresh
        this.field.value = ''
        this.log.append(
            h(
                'p',
                { className: 'you', dir: 'auto' },
                h('span', { className: 'sr' }, `${this.t('you')}: `),
                text,
            ),
        )
        this.o.emit('message', { role: 'user' })
        await this.answer(text)
    }

    /** With a text a new turn begins; without one the remembered turn goes on. */
    private async answer(text?: string, turnId?: string) {
        const { bot } = this.o.settings
        const view = new AnswerView(this, this.o.config.show_sources !== false)
        this.log.append(view.element)
        this.running = new AbortController()
        this.sync()
        this.follow(true)
        this.live.textContent = this.t('answering', { name: this.name })
        const key = uuid()
        const post = { method: 'POST', signal: this.running.signal }
        try {
            await runTurn({
                signal: this.running.signal,
                turnId,
                begin: () =>
                    fetch(this.url(`chat/${bot}`), {
                        ...post,
                        headers: this.headers({
                            'Content-Type': 'application/json',
                            Accept: 'text/event-stream',
                            'Idempotency-Key': key,
                        }),
                        body: JSON.stringify({ message: text, session_id: recall(bot)?.session }),
                    }),
                resume: (id, after) =>
                    fetch(this.url(`turns/${id}/stream?after=${after}`), {
                        signal: this.running!.signal,
                        headers: this.headers(),
                    }),
                onWaiting: (waiting) =>
                    this.say(waiting ? this.t(navigator.onLine ? 'lost' : 'offline') : ''),
                onFrame: (frame) => this.onFrame(frame, view),
            })
            view.end()
            this.live.textContent = view.failed ? '' : this.t('done', { text: view.plain })
            if (!this.visible) this.count(this.unread + 1)
        } catch (error) {
            view.end()
            if (!this.running.signal.aborted)
                this.fail(error instanceof ProblemError ? error.problem : { status: 0 }, view, text)
        } finally {
            rememberTurn(bot, null)
            this.running = undefined
            this.sync()
        }
    }

    private onFrame(frame: Frame, view: AnswerView) {
        if (frame.type === 'start') {
            this.turn = frame.turn_id
            rememberTurn(this.o.settings.bot, frame.turn_id)
            view.messageId = frame.message_id
            if (frame.session_id && frame.visitor_token)
                remember(this.o.settings.bot, { session: frame.session_id, token: frame.visitor_token })
        } else if (frame.type === 'sources') view.setSources(frame.items)
        else if (frame.type === 'delta') view.push(frame.text)
        else if (frame.type === 'error') view.fail(this.t('failed'))
        else if (frame.type === 'end') this.o.emit('message', { role: 'assistant', id: frame.message_id })
    }

    private fail(problem: Problem, view: AnswerView, text?: string) {
        this.o.emit('error', { status: problem.status, code: problem.code })
        if ((problem.status === 401 || problem.status === 404) && recall(this.o.settings.bot)) {
            remember(this.o.settings.bot)
            this.say(this.t('ended'))
            view.element.remove()
            if (text) void this.answer(text)
        } else if (problem.status === 429 && problem.retryAfter && problem.retryAfter <= 120) {
            view.element.remove()
            if (text) this.field.value = text
            this.countdown(problem.retryAfter)
        } else if (problem.status === 429) {
            view.fail(this.t('spent'))
        } else {
            view.fail(
                navigator.onLine ? this.t('failed') : this.t('offline'),
                text ? () => (view.element.remove(), void this.answer(text)) : undefined,
            )
            if (!navigator.onLine && text) addEventListener('online', () => view.retry?.(), { once: true })
        }
    }

    private countdown(seconds: number) {
        this.say(seconds > 0 ? this.t('busy', { n: seconds }) : '')
        this.sendButton.disabled = seconds > 0 || !this.field.value.trim()
        if (seconds > 0) setTimeout(() => this.countdown(seconds - 1), 1000)
    }

    private cancel() {
        void fetch(this.url(`turns/${this.turn}/cancel`), { method: 'POST', headers: this.headers() }).then(
            (r) => r.ok || this.running?.abort(),
            () => this.running?.abort(),
        )
    }

    async rate(messageId: string, rating: 'up' | 'down'): Promise<boolean> {
        const response = await fetch(this.url(`messages/${messageId}/feedback`), {
            method: 'POST',
            headers: this.headers({ 'Content-Type': 'application/json' }),
            body: JSON.stringify({ rating }),
        }).catch(() => undefined)
        if (response?.ok) this.live.textContent = this.t('thanks')
        return Boolean(response?.ok)
    }

    reset() {
        const known = recall(this.o.settings.bot)
        this.running?.abort()
        if (known)
            void fetch(this.url(`chat/${this.o.settings.bot}/session/${known.session}`), {
                method: 'DELETE',
                headers: this.headers(),
            }).catch(() => {})
        remember(this.o.settings.bot)
        rememberTurn(this.o.settings.bot, null)
        this.greet()
        this.say('')
        this.field.focus()
    }

    /** History of a known session, and the answer that was under way when the page was left. */
    private async restore() {
        const known = recall(this.o.settings.bot)
        if (!known) return
        const response = await fetch(this.url(`chat/${this.o.settings.bot}/session/${known.session}`), {
            headers: this.headers(),
        }).catch(() => undefined)
        if (response?.status === 401 || response?.status === 404) return remember(this.o.settings.bot)
        if (!response?.ok) return
        const { messages = [] } = (await response.json()) as { messages?: Stored[] }
        this.started = messages.length > 0
        for (const message of messages) {
            if (message.role === 'user')
                this.log.append(
                    h(
                        'p',
                        { className: 'you', dir: 'auto' },
                        h('span', { className: 'sr' }, `${this.t('you')}: `),
                        message.content,
                    ),
                )
            else if (message.status === 'pending' || message.status === 'streaming')
                void this.answer(undefined, message.turn_id)
            else {
                const view = new AnswerView(this, this.o.config.show_sources !== false)
                view.messageId = message.id
                view.setSources(message.sources ?? [])
                if (message.content) view.push(message.content)
                view.end()
                if (message.status === 'failed') view.fail(this.t('failed'))
                this.log.append(view.element)
            }
        }
    }

    // ── Small matters ────────────────────────────────────────────────────────────────────────────
    private onKey(event: KeyboardEvent) {
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault()
            if (!this.running && !this.sendButton.disabled) void this.ask(this.field.value)
        }
    }
    private sync() {
        const busy = Boolean(this.running)
        this.sendButton.replaceChildren(icon(busy ? I.stop : I.up))
        this.sendButton.setAttribute('aria-label', this.t(busy ? 'stop' : 'send'))
        this.sendButton.disabled = !busy && !this.field.value.trim()
    }
    private say(text: string) {
        this.note.textContent = text
        this.note.hidden = !text
    }
    private atEnd = true
    private onScroll() {
        const below = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight
        this.atEnd = below < 56
        this.toEnd.hidden = below < 320
    }
    follow(force = false) {
        if (force || this.atEnd) this.log.scrollTop = this.log.scrollHeight
    }
    label = (key: Exclude<keyof Words, 'dir'>, values?: Record<string, string | number>) =>
        this.t(key, values)
    make = (className: string, label: string, path: keyof typeof I, onclick: () => void) =>
        this.button(className, label, I[path], onclick)
}

function passage(text: string): HTMLElement {
    const host = h('div', { className: 'answer source-text', tabIndex: 0 })
    new MarkdownView(host, { plainHeadings: true }).set(text)
    return host
}

class AnswerView {
    readonly element = h('article', { className: 'bot' })
    messageId = ''
    failed = false
    retry?: () => void
    private readonly think: HTMLElement
    private readonly body = h('div', { className: 'answer', dir: 'auto' })
    private readonly foot = h('div', { className: 'foot', hidden: true })
    private readonly list = h('ul', { className: 'sources', hidden: true })
    private readonly view: MarkdownView
    private sources: Source[] = []
    private text = ''

    constructor(
        private readonly chat: Chat,
        private readonly showSources: boolean,
    ) {
        this.think = h(
            'p',
            { className: 'think' },
            h('span', { className: 'dots' }, h('i'), h('i'), h('i')),
            h('span', {}, chat.label('looking')),
        )
        this.view = new MarkdownView(this.body, { cite: (n) => this.chip(n), onRender: () => chat.follow() })
        this.element.append(this.think, this.body, this.list, this.foot)
    }
    get plain() {
        return (this.body.textContent ?? '').slice(0, 600)
    }
    setSources(items: Source[]) {
        this.sources = items
        if (items.length)
            this.think.lastElementChild!.textContent = this.chat.label('reading', { n: items.length })
    }
    push(delta: string) {
        this.text += delta
        this.think.hidden = true
        this.body.dataset.streaming = ''
        this.view.push(delta)
    }
    end() {
        this.view.end()
        delete this.body.dataset.streaming
        this.think.hidden = true
        if (!this.text || this.foot.childElementCount) return
        if (this.showSources && this.sources.length) {
            const more = h(
                'button',
                {
                    className: 'more',
                    type: 'button',
                    'aria-expanded': 'false',
                    onclick: () => this.expand(this.list.hidden),
                },
                `${this.chat.label('sources')} · ${this.sources.length}`,
            )
            this.foot.append(more)
            this.list.append(
                ...this.sources.map((s) =>
                    h(
                        'li',
                        {},
                        h(
                            'div',
                            { className: 'source' },
                            h(
                                'div',
                                { className: 'source-head' },
                                h('span', {}, String(s.index)),
                                h('span', {}, s.document_name),
                            ),
                            s.heading_path ? h('div', { className: 'source-path' }, s.heading_path) : null,
                            passage(s.text),
                        ),
                    ),
                ),
            )
        }
        this.foot.append(
            this.chat.make('ib', this.chat.label('copy'), 'copy', () => void copyText(this.text)),
            ...(['up', 'down'] as const).map((rating) => {
                const b = this.chat.make(
                    'ib',
                    this.chat.label(rating === 'up' ? 'good' : 'bad'),
                    rating === 'up' ? 'yes' : 'no',
                    async () => {
                        b.setAttribute('aria-pressed', 'true')
                        if (!(await this.chat.rate(this.messageId, rating))) b.removeAttribute('aria-pressed')
                    },
                )
                return b
            }),
        )
        this.foot.hidden = false
    }
    fail(text: string, retry?: () => void) {
        this.failed = true
        this.retry = retry
        this.think.hidden = true
        this.element.append(
            h(
                'p',
                { className: 'fail', role: 'alert' },
                h('span', {}, text),
                retry ? h('button', { type: 'button', onclick: retry }, this.chat.label('retry')) : null,
            ),
        )
        this.chat.follow()
    }
    private expand(open: boolean, index?: number) {
        this.list.hidden = !open
        this.foot.querySelector('.more')?.setAttribute('aria-expanded', String(open))
        for (const [i, item] of [...this.list.children].entries()) {
            const lit = open && this.sources[i]?.index === index
            item.classList.toggle('lit', lit)
            if (lit) item.scrollIntoView({ block: 'nearest' })
        }
    }
    private chip(index: number): Node | null {
        const source = this.showSources && this.sources.find((s) => s.index === index)
        if (!source) return null
        return h(
            'button',
            {
                className: 'cite',
                type: 'button',
                'aria-label': this.chat.label('source', { n: index, name: source.document_name }),
                onclick: () => this.expand(true, index),
            },
            String(index),
        )
    }
}
