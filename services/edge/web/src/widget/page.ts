/** /chat/{bot_id}: the same chat as a page, for a link or an iframe. */
import answer from '../styles/answer.css?inline'
import tokens from '../styles/tokens.css?inline'
import { Chat } from './chat'
import css from './chat.css?inline'
import { accent, adopt, h } from './dom'
import type { Config } from './loader'

const bot = location.pathname.split('/')[2] ?? ''
adopt(
    document,
    `${tokens}${css}${answer} html{--brand:#0b6a70;--on-brand:#fff;background:var(--surface)} body{margin:0} .gone{font:16px/1.5 var(--font);color:var(--text-2);display:grid;place-items:center;min-height:100dvh;padding:2rem;text-align:center}`,
)
const response = await fetch(`/api/v1/chat/${bot}/config`).catch(() => undefined)
if (!response?.ok)
    document.body.append(
        h(
            'main',
            { className: 'gone' },
            response
                ? 'There is no public assistant at this address.'
                : 'The server cannot be reached. Please try again in a moment.',
        ),
    )
else {
    const config = (await response.json()) as Config
    document.title = config.widget?.title || config.name
    accent(document.documentElement, config.widget?.color)
    const locale = new URLSearchParams(location.search).get('locale') ?? navigator.language
    const chat = await Chat.create({
        layout: 'page',
        config,
        emit: () => {},
        settings: { base: '', bot, locale, theme: 'auto', position: 'right', launcher: false },
    })
    const main = h('main', {}, chat.element)
    document.body.append(main)
    chat.show(true)
}
