/** The chat itself: one view for the bubble, the inline element and the hosted page. */
import { uuid } from '../core/plain-http'
import { ProblemError, runTurn, type Frame, type Problem, type Stored } from '../core/turn'
import { AnswerView, type Around } from './answer'
import { h, icon, ICONS, iconButton } from './dom'
import { wordsOf, type Words } from './locales'
import { rememberTurn } from './memory'
import { textsOf, type Config, type Settings, type Texts } from './settings'
import { isOver, Talk } from './talk'

const AT_END = 56
const FAR = 320
const PHONE = '(max-width: 480px)'

export interface Options {
    layout: 'floating' | 'inline' | 'page'
    settings: Settings
    config: Config
    emit(name: string, detail?: unknown): void
    onClose?(): void
    /** The bot is not public any more, or not for this page. */
    onGone?(): void
    onUnread?(count: number): void
}

export class Chat implements Around {
    readonly element: HTMLElement
    words!: Words
    readonly showSources: boolean
    readonly feedback: boolean
    private readonly talk: Talk
    private texts!: Texts
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
    private talking = false
    private closed = false
    private atEnd = true

    constructor(private readonly o: Options) {
        this.element = h('section', { className: `panel ${o.layout}`, hidden: true })
        this.showSources = o.config.show_sources !== false
        this.feedback = o.config.widget?.feedback !== false
        this.talk = new Talk(o.settings)
        // The page's own shortcuts must not fire while someone types here.
        for (const type of ['keydown', 'keyup', 'keypress'] as const)
            this.element.addEventListener(type, (e) => this.contain(e))
        if (o.layout === 'floating')
            visualViewport?.addEventListener('resize', () =>
                this.element.style.setProperty('--vh', `${visualViewport!.height}px`),
            )
    }

    static async create(options: Options): Promise<Chat> {
        const chat = new Chat(options)
        await chat.set()
        return chat
    }

    /** Builds all of it, in the language of the settings by now. */
    async set(): Promise<void> {
        const draft = this.field?.value ?? ''
        this.running?.abort()
        this.words = await wordsOf(this.o.settings.locale)
        this.texts = textsOf(this.o.config, this.o.settings.locale)
        this.build()
        this.field.value = draft
        this.sync()
        await this.restore()
        if (this.visible) this.show(true)
    }

    t(key: Exclude<keyof Words, 'dir' | 'lang'>, values: Record<string, string | number> = {}): string {
        return this.words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]))
    }
    private get name() {
        return this.texts.title!
    }

    private build() {
        const { layout, config } = this.o
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
            dir: 'auto',
            maxLength: config.limits?.message_chars ?? 4000,
            placeholder: this.texts.placeholder || this.t('placeholder'),
            'aria-label': this.t('message'),
            enterKeyHint: 'send',
            oninput: () => this.sync(),
            onkeydown: (e: KeyboardEvent) => this.onKey(e),
        })
        this.sendButton = h('button', { className: 'ib send', type: 'submit', disabled: true })
        this.note = h('p', { className: 'note', role: 'status', hidden: true })
        this.live = h('p', { className: 'sr', role: 'status' })
        this.toEnd = iconButton('to-end', this.t('latest'), ICONS.down, () => this.follow(true))
        this.toEnd.hidden = true
        const submit = (e: Event) => {
            e.preventDefault()
            if (this.running) this.stop()
            else void this.ask(this.field.value)
        }
        const form = h('form', { className: 'compose', onsubmit: submit }, this.field, this.sendButton)
        Object.assign(this.element, { dir: this.words.dir, lang: this.words.lang })
        if (layout === 'floating') {
            this.element.setAttribute('role', 'dialog')
            this.element.setAttribute('aria-labelledby', 'cs-title')
        }
        const privacy = config.widget?.privacy_url
        const link =
            privacy &&
            /^https?:/i.test(privacy) &&
            h(
                'p',
                { className: 'small' },
                h('a', { href: privacy, target: '_blank', rel: 'noopener noreferrer' }, this.t('privacy')),
            )
        this.element.replaceChildren(
            this.head(),
            this.log,
            this.live,
            h('div', { className: 'jump' }, this.toEnd),
            this.note,
            form,
            link || '',
        )
    }

    private head() {
        const { layout, config } = this.o
        const avatar = config.widget?.avatar
        // a picture of another host would tell that host of every visitor, so the platform's own page shows none
        const picture =
            avatar && (/^data:image\//.test(avatar) || (layout !== 'page' && /^https:/.test(avatar)))
        const face = picture
            ? h('img', {
                  className: 'face',
                  src: avatar,
                  alt: '',
                  referrerPolicy: 'no-referrer',
                  onerror: (e: Event) => (e.target as Element).remove(),
              })
            : avatar && !/:/.test(avatar) && h('span', { className: 'face', 'aria-hidden': 'true' }, avatar)
        return h(
            'div',
            { className: 'head' },
            face,
            h(layout === 'page' ? 'h1' : 'h2', { id: 'cs-title', dir: 'auto' }, this.name),
            iconButton('ib', this.t('restart'), ICONS.again, () => this.reset()),
            layout === 'floating' && iconButton('ib', this.t('close'), ICONS.close, () => this.o.onClose?.()),
        )
    }

    private contain(event: KeyboardEvent) {
        if (this.o.layout === 'page') return
        event.stopPropagation()
        if (event.type !== 'keydown' || this.o.layout !== 'floating') return
        if (event.key === 'Escape' && !event.isComposing) this.o.onClose?.()
        // Only where the panel covers the whole screen is focus kept in it.
        if (event.key !== 'Tab' || !matchMedia(PHONE).matches) return
        const stops = [
            ...this.element.querySelectorAll<HTMLElement>(
                'button:not([disabled]), textarea, a[href], [tabindex="0"]',
            ),
        ].filter((e) => e.offsetParent)
        const root = this.element.getRootNode() as ShadowRoot
        const [edge, other] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]]
        if (root.activeElement !== edge) return
        event.preventDefault()
        other?.focus()
    }

    show(visible: boolean) {
        this.visible = visible
        this.element.hidden = !visible
        if (!visible) return
        this.count(0)
        if (!this.talking) this.greet()
        this.follow(true)
        if (this.o.layout !== 'inline') this.field.focus({ preventScroll: true })
    }
    prefill(text: string) {
        this.field.value = text
        this.sync()
        this.field.focus({ preventScroll: true })
    }

    private count(n: number) {
        this.unread = n
        this.o.onUnread?.(n)
        if (n) this.o.emit('unread', { count: n })
    }

    private greet() {
        this.talking = false
        const asks = (this.texts.suggested_questions ?? []).map((q) =>
            h(
                'li',
                {},
                h(
                    'button',
                    { className: 'ask', type: 'button', dir: 'auto', onclick: () => void this.ask(q) },
                    q,
                ),
            ),
        )
        this.element.dataset.fresh = ''
        this.log.replaceChildren(
            h('p', { className: 'hello', dir: 'auto' }, this.texts.welcome_message || this.t('hello')),
            asks.length ? h('ul', { className: 'asks' }, ...asks) : '',
        )
    }

    // ---- talking ----

    async ask(text: string): Promise<void> {
        text = text.trim()
        if (!text || this.running || this.closed) return
        if (!this.talking) this.log.replaceChildren()
        this.talking = true
        delete this.element.dataset.fresh
        this.field.value = ''
        this.notice('')
        const bubble = this.bubble(text)
        this.log.append(bubble)
        this.o.emit('message', { role: 'user', ...(this.o.settings.shareText && { text }) })
        await this.answer(text, undefined, bubble)
    }
    private bubble(text: string) {
        return h(
            'p',
            { className: 'you', dir: 'auto' },
            h('span', { className: 'sr' }, `${this.t('you')}: `),
            text,
        )
    }

    /** With a text a new turn begins; without one the turn that was under way goes on. */
    private async answer(text: string | undefined, turnId?: string, bubble?: HTMLElement, key = uuid()) {
        const { bot } = this.o.settings
        const view = new AnswerView(this)
        const running = (this.running = new AbortController())
        this.turn = turnId ?? ''
        this.log.append(view.element)
        this.sync()
        this.follow(true)
        this.live.textContent = this.t('answering', { name: this.name })
        try {
            await runTurn({
                signal: running.signal,
                turnId,
                begin: () => this.talk.begin(text!, key, running.signal),
                resume: (id, after) => this.talk.resume(id, after, running.signal),
                onWaiting: (waiting) =>
                    this.notice(waiting ? this.t(navigator.onLine ? 'lost' : 'offline') : ''),
                onFrame: (frame) => this.onFrame(frame, view),
            })
            view.end()
            this.live.textContent = view.failed ? '' : this.t('done', { text: view.plain })
            if (!this.visible) this.count(this.unread + 1)
        } catch (error) {
            if (running.signal.aborted) return
            view.end()
            this.notice('')
            if (!(error instanceof ProblemError)) console.error(error)
            this.running = undefined
            this.fail(error instanceof ProblemError ? error.problem : { status: 0 }, view, text, bubble, key)
        } finally {
            if (this.running === running || !this.running) {
                if (this.running === running) rememberTurn(bot, null)
                this.running = undefined
                this.sync()
            }
        }
    }

    private onFrame(frame: Frame, view: AnswerView) {
        if (frame.type === 'start') {
            this.turn = frame.turn_id
            rememberTurn(this.o.settings.bot, frame.turn_id)
            view.messageId = frame.message_id
        } else if (frame.type === 'sources') view.setSources(frame.items)
        else if (frame.type === 'delta') view.push(frame.text)
        else if (frame.type === 'error') view.fail(this.t('failed'))
        else if (frame.type === 'whole') {
            view.set(frame.message)
            this.said(frame.message.id, view)
        } else if (frame.type === 'end') {
            if (frame.finish_reason === 'cancelled' && !view.content) view.push(`*${this.t('stopped')}*`)
            this.said(frame.message_id, view)
        }
    }
    private said(id: string, view: AnswerView) {
        this.o.emit('message', {
            role: 'assistant',
            id,
            ...(this.o.settings.shareText && { text: view.content }),
        })
    }

    private fail(problem: Problem, view: AnswerView, text?: string, bubble?: HTMLElement, key?: string) {
        const { status, code, retryAfter } = problem
        this.o.emit('error', { status, code })
        rememberTurn(this.o.settings.bot, null)
        if (status === 403) return this.gone()
        if (status === 401 || status === 404) {
            const known = this.talk.known
            view.element.remove()
            this.talk.forget()
            if (!known) return this.gone()
            this.log.replaceChildren(bubble ?? '')
            this.notice(this.t('over'))
            if (text) void this.answer(text, undefined, bubble)
            else this.greet()
        } else if (status === 429) {
            // the question was not taken: it goes back into the field
            view.element.remove()
            bubble?.remove()
            if (text) this.field.value = text
            if (!this.log.childElementCount) this.greet()
            if (code === 'limited_day') this.close(this.t('today'))
            else if (code === 'limited_plan') this.close(this.t('spent'))
            else this.countdown(Math.min(retryAfter ?? 5, 120))
        } else {
            view.fail(
                this.t('failed'),
                text
                    ? () => (view.element.remove(), void this.answer(text, undefined, bubble, key))
                    : undefined,
            )
        }
    }
    private gone() {
        this.talk.forget()
        this.close('')
        this.o.onGone?.()
    }
    private close(why: string) {
        this.closed = true
        this.notice(why)
        this.sync()
    }
    private countdown(seconds: number) {
        this.notice(seconds > 0 ? this.t('busy', { n: seconds }) : '')
        this.closed = seconds > 0
        this.sync()
        this.field.disabled = false
        if (seconds > 0) setTimeout(() => this.countdown(seconds - 1), 1000)
    }

    /** The server ends the turn, and its end comes as a frame; a turn that did not even begin is given up here. */
    private stop() {
        const running = this.running
        if (this.turn) void this.talk.cancel(this.turn).catch(() => running?.abort())
        else {
            running?.abort()
            this.running = undefined
            this.notice('')
            this.log.lastElementChild?.remove()
            this.sync()
        }
    }

    async rate(message: string, rating: string, comment?: string): Promise<boolean> {
        const ok = await this.talk.rate(message, rating, comment).then(
            () => true,
            () => false,
        )
        if (ok) this.say(this.t('thanks'))
        return ok
    }

    reset() {
        this.running?.abort()
        this.running = undefined
        this.talk.erase()
        this.greet()
        this.notice('')
        this.sync()
        this.field.focus()
    }

    /** History of a known session, and the answer that was under way when the page was left. */
    private async restore() {
        if (this.talk.lapsed) {
            this.talk.forget()
            this.notice(this.t('over'))
        }
        try {
            const page = await this.talk.history()
            this.talking = Boolean(page.messages?.length)
            if (this.talking) delete this.element.dataset.fresh
            this.addHistory(page.messages ?? [])
            this.addEarlier(page.next_cursor)
        } catch (error) {
            if (isOver(error)) this.talk.forget()
        }
    }
    private addHistory(messages: Stored[], before: ChildNode | null = null) {
        for (const message of messages) {
            if (message.role === 'user') this.log.insertBefore(this.bubble(message.content), before)
            else if (message.status === 'pending' || message.status === 'streaming')
                void this.answer(undefined, message.turn_id)
            else {
                const view = new AnswerView(this)
                view.set(message)
                this.log.insertBefore(view.element, before)
            }
        }
    }
    private addEarlier(cursor?: string | null) {
        if (!cursor) return
        const button = h('button', { className: 'earlier', type: 'button' }, this.t('earlier'))
        button.onclick = async () => {
            button.disabled = true
            const page = await this.talk.history(cursor).catch(() => undefined)
            if (!page) return void (button.disabled = false)
            const [first, height] = [button.nextSibling, this.log.scrollHeight]
            button.remove()
            this.addHistory(page.messages ?? [], first)
            this.addEarlier(page.next_cursor)
            this.log.scrollTop += this.log.scrollHeight - height
        }
        this.log.prepend(button)
    }

    // ---- small matters ----

    private onKey(event: KeyboardEvent) {
        // 229: Safari ends the composition before the key that ended it
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
        event.preventDefault()
        if (!this.running && !this.sendButton.disabled) void this.ask(this.field.value)
    }
    private sync() {
        const busy = Boolean(this.running)
        this.sendButton.replaceChildren(icon(busy ? ICONS.stop : ICONS.up))
        this.sendButton.setAttribute('aria-label', this.t(busy ? 'stop' : 'send'))
        this.sendButton.disabled = this.closed || (!busy && !this.field.value.trim())
        this.field.disabled = this.closed
        // what `field-sizing: content` does, where there is none
        if (!CSS.supports('field-sizing', 'content')) {
            this.field.style.height = 'auto'
            this.field.style.height = `${this.field.scrollHeight}px`
        }
    }
    private notice(text: string) {
        this.note.textContent = text
        this.note.hidden = !text
    }
    say(text: string) {
        this.live.textContent = text
    }
    private onScroll() {
        const below = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight
        this.atEnd = below < AT_END
        this.toEnd.hidden = below < FAR
    }
    follow(force = false) {
        if (force || this.atEnd) this.log.scrollTop = this.log.scrollHeight
    }
}
