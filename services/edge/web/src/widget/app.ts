/** /widget/app-<hash>.js: the chat in the shadow root that the loader made. */
import answer from '../styles/answer.css?inline'
import tokens from '../styles/tokens.css?inline'
import { Chat, type Options } from './chat'
import css from './chat.css?inline'
import { adopt } from './dom'

export async function mount(o: Omit<Options, 'layout'> & { root: ShadowRoot }): Promise<Chat> {
    // tokens first: what the loader set on the host (the owner's colour) wins over them
    const own = [...o.root.adoptedStyleSheets]
    o.root.adoptedStyleSheets = []
    adopt(o.root, tokens + css + answer)
    o.root.adoptedStyleSheets = [...o.root.adoptedStyleSheets, ...own]
    const chat = await Chat.create({ ...o, layout: o.settings.inline ? 'inline' : 'floating' })
    o.root.prepend(chat.element)
    return chat
}
