import answer from '../styles/answer.css?inline'
import tokens from '../styles/tokens.css?inline'
import { Chat, type Options } from './chat'
import css from './chat.css?inline'
import { adopt } from './dom'

/** Called by the loader, which owns the shadow root. */
export async function mount(
    o: Omit<Options, 'layout'> & { root: ShadowRoot; host: HTMLElement },
): Promise<Chat> {
    // tokens first: what the loader set on the host (the owner's colour) wins over them
    const own = [...o.root.adoptedStyleSheets]
    o.root.adoptedStyleSheets = []
    adopt(o.root, tokens + css + answer)
    o.root.adoptedStyleSheets = [...o.root.adoptedStyleSheets, ...own]
    const chat = await Chat.create({ ...o, layout: o.settings.target ? 'inline' : 'floating' })
    o.root.prepend(chat.element)
    return chat
}
