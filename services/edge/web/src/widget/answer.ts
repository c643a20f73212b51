/** One answer of the bot: what it is doing, its text, the passages it rests on, and what one can do with it. */
import { MarkdownView } from '../core/markdown'
import { copyText } from '../core/plain-http'
import type { Source, Stored } from '../core/turn'
import { h, ICONS, iconButton } from './dom'
import type { Words } from './locales'

/** What an answer needs of the chat around it. */
export interface Around {
    t(key: Exclude<keyof Words, 'dir' | 'lang'>, values?: Record<string, string | number>): string
    rate(message: string, rating: string, comment?: string): Promise<boolean>
    say(text: string): void
    follow(): void
    showSources: boolean
    feedback: boolean
}

export class AnswerView {
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

    constructor(private readonly chat: Around) {
        this.think = h(
            'p',
            { className: 'think' },
            h('span', { className: 'dots' }, h('i'), h('i'), h('i')),
            h('span', {}, chat.t('looking')),
        )
        this.view = new MarkdownView(this.body, { cite: (n) => this.chip(n), onRender: () => chat.follow() })
        this.element.append(this.think, this.body, this.list, this.foot)
    }

    get plain() {
        return (this.body.textContent ?? '').slice(0, 600)
    }
    get content() {
        return this.text
    }
    setSources(items: Source[]) {
        this.sources = items
        if (items.length)
            this.think.lastElementChild!.textContent = this.chat.t('reading', { n: items.length })
    }
    push(delta: string) {
        this.text += delta
        this.think.hidden = true
        this.body.dataset.streaming = ''
        this.view.push(delta)
    }
    /** The stored message replaces what was shown of it. */
    set(message: Stored) {
        this.messageId = message.id
        this.setSources(message.sources ?? [])
        this.text = message.content
        this.view.set(message.content)
        this.end(message.feedback?.rating)
        if (message.status === 'failed' || message.status === 'interrupted') this.fail(this.chat.t('failed'))
    }
    end(rated?: string) {
        this.view.end()
        delete this.body.dataset.streaming
        this.think.hidden = true
        if (!this.text || this.foot.childElementCount) return
        if (this.chat.showSources && this.sources.length) this.addSources()
        this.foot.append(
            iconButton(
                'ib',
                this.chat.t('copy'),
                ICONS.copy,
                () => void copyText(this.text).then(() => this.chat.say(this.chat.t('copied'))),
            ),
        )
        if (this.chat.feedback && this.messageId) this.addFeedback(rated)
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
                retry && h('button', { type: 'button', onclick: retry }, this.chat.t('retry')),
            ),
        )
        this.chat.follow()
    }

    private addSources() {
        const label = `${this.chat.t('sources')} · ${this.sources.length}`
        this.foot.append(
            h(
                'button',
                {
                    className: 'more',
                    type: 'button',
                    'aria-expanded': 'false',
                    onclick: () => this.expand(this.list.hidden),
                },
                label,
            ),
        )
        this.list.append(
            ...this.sources.map((s) => {
                const path = [s.heading_path, s.page && this.chat.t('page', { n: s.page })]
                    .filter(Boolean)
                    .join(' · ')
                const passage = h('div', {
                    className: 'answer source-text',
                    dir: 'auto',
                    tabIndex: 0,
                    role: 'group',
                    'aria-label': this.chat.t('source', { n: s.index, name: s.document_name }),
                })
                new MarkdownView(passage, { plainHeadings: true }).set(s.text ?? '')
                const name = /^https?:/.test(s.document_url ?? '')
                    ? h(
                          'a',
                          { href: s.document_url, target: '_blank', rel: 'noopener noreferrer nofollow ugc' },
                          s.document_name,
                      )
                    : h('span', {}, s.document_name)
                return h(
                    'li',
                    {},
                    h(
                        'div',
                        { className: 'source' },
                        h(
                            'div',
                            { className: 'source-head', dir: 'auto' },
                            h('span', { className: 'num' }, String(s.index)),
                            name,
                        ),
                        path && h('div', { className: 'source-path', dir: 'auto' }, path),
                        passage,
                    ),
                )
            }),
        )
    }

    private addFeedback(rated?: string) {
        const buttons = (['up', 'down'] as const).map((rating) => {
            const button = iconButton(
                'ib',
                this.chat.t(rating === 'up' ? 'good' : 'bad'),
                ICONS[rating === 'up' ? 'good' : 'bad'],
                () => void give(rating),
            )
            button.setAttribute('aria-pressed', String(rated === rating))
            return button
        })
        const press = (rating?: string) =>
            buttons.forEach((b, i) => b.setAttribute('aria-pressed', String(rating === (i ? 'down' : 'up'))))
        const give = async (rating: string) => {
            press(rating)
            if (await this.chat.rate(this.messageId, rating)) {
                if (rating === 'down') this.askWhy()
                else this.element.querySelector('.why')?.remove()
            } else press(rated)
        }
        this.foot.append(...buttons)
    }
    private askWhy() {
        if (this.element.querySelector('.why')) return
        const field = h('textarea', {
            rows: 2,
            maxLength: 2000,
            'aria-label': this.chat.t('why'),
            placeholder: this.chat.t('why'),
            dir: 'auto',
        })
        const send = async (event: Event) => {
            event.preventDefault()
            const text = field.value.trim()
            if (!text || (await this.chat.rate(this.messageId, 'down', text))) form.remove()
        }
        const form = h(
            'form',
            { className: 'why', onsubmit: send },
            field,
            h('button', { type: 'submit' }, this.chat.t('tell')),
        )
        this.element.append(form)
        field.focus()
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
        const source = this.chat.showSources && this.sources.find((s) => s.index === index)
        if (!source) return null
        return h(
            'button',
            {
                className: 'cite',
                type: 'button',
                'aria-label': this.chat.t('source', { n: index, name: source.document_name }),
                onclick: () => this.expand(true, index),
            },
            String(index),
        )
    }
}
