/** /chat/{bot_id}: the same chat as a page, for a link or an iframe. ?locale=, ?theme=, ?q= (filled in, not sent). */
import answer from '../styles/answer.css?inline'
import tokens from '../styles/tokens.css?inline'
import { Chat } from './chat'
import css from './chat.css?inline'
import { accent, adopt, h } from './dom'
import { wordsOf } from './locales'
import { textsOf, type Config } from './settings'

const bot = location.pathname.split('/')[2] ?? ''
const query = new URLSearchParams(location.search)
const root = document.documentElement

adopt(document, tokens + css + answer)
void open()

async function open() {
    const locale = query.get('locale') || navigator.language
    const response = await fetch(`/api/v1/chat/${bot}/config`).catch(() => undefined)
    if (!response?.ok) {
        const words = await wordsOf(locale)
        Object.assign(root, { lang: words.lang, dir: words.dir })
        document.body.append(
            h(
                'main',
                { className: 'gone' },
                h('h1', {}, response && response.status < 500 ? words.absent : words.unreachable),
            ),
        )
        return
    }
    const config = (await response.json()) as Config
    const theme = query.get('theme') || config.widget?.theme
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
    accent(root, config.widget?.color)
    document.title = textsOf(config, locale).title!
    const chat = await Chat.create({
        layout: 'page',
        config,
        emit: () => {},
        settings: { base: '', bot, locale, inline: true, shareText: false },
        onGone: () => location.reload(),
    })
    Object.assign(root, { lang: chat.words.lang, dir: chat.words.dir })
    document.body.append(h('main', {}, chat.element))
    chat.show(true)
    const q = query.get('q')
    if (q) chat.prefill(q)
}
