/**
 * /widget.js: the only thing a customer's page loads before anyone wants to chat. It reads the
 * script tag, asks for the bot's public settings when the page is idle, shows the launcher and
 * fetches the chat itself on the first sign of interest.
 */
import { accent, adopt, h, icon } from './dom'
import css from './launcher.css?inline'
import type { Chat } from './chat'

declare const __APP__: string

export interface Settings {
    base: string
    bot: string
    position: 'left' | 'right'
    theme: string
    locale: string
    target?: string
    launcher: boolean
}
export interface Config {
    name: string
    welcome_message?: string
    suggested_questions?: string[]
    show_sources?: boolean
    widget?: { title?: string | null; color?: string | null; position?: string | null }
}
type Listener = (detail: unknown) => void
const RTL = /^(ar|fa|he|ur)\b/i

const CHAT = 'M20.3 11.4a8.3 8.3 0 0 1-12 7.4L3.7 20.3l1.5-4.6a8.3 8.3 0 1 1 15.1-4.3Z'
const CLOSE = 'm6 9 6 6 6-6'

function start(script: HTMLScriptElement) {
    const data = script.dataset
    if (!data.bot) return console.error('ChatSphere: the script tag has no data-bot.')
    const locale = data.locale || document.documentElement.lang || navigator.language
    const settings: Settings = {
        base: new URL(script.src).origin,
        bot: data.bot,
        position: (data.position ?? (RTL.test(locale) ? 'left' : 'right')) === 'left' ? 'left' : 'right',
        theme: data.theme ?? 'auto',
        locale,
        target: data.target,
        launcher: data.launcher !== 'none',
    }

    const host = h('div', { id: 'chatsphere' })
    const root = host.attachShadow({ mode: 'open' })
    const listeners = new Map<string, Set<Listener>>()
    let chat: Promise<Chat> | undefined
    let config: Config | undefined
    let open = false

    const badge = h('span', { className: 'badge', hidden: true })
    const launcher = h(
        'button',
        {
            className: 'launcher',
            type: 'button',
            'aria-haspopup': 'dialog',
            'aria-expanded': 'false',
            onclick: () => toggle(),
        },
        icon(CHAT),
        icon(CLOSE),
        badge,
    )
    for (const hint of ['pointerenter', 'focus', 'touchstart'])
        launcher.addEventListener(hint, () => load(), { once: true, passive: true })

    function emit(name: string, detail?: unknown) {
        listeners.get(name)?.forEach((listener) => listener(detail))
        host.dispatchEvent(new CustomEvent(`chatsphere:${name}`, { detail, bubbles: true, composed: true }))
    }
    const ready = settle()
    async function settle(): Promise<boolean> {
        const response = await fetch(`${settings.base}/api/v1/chat/${settings.bot}/config`).catch(
            () => undefined,
        )
        if (!response?.ok) {
            console.warn(
                `ChatSphere: bot ${settings.bot} is not available on this page (${response?.status ?? 'no connection'}).`,
            )
            return false
        }
        config = (await response.json()) as Config
        if (config.widget?.position === 'left' && !data.position) settings.position = 'left'
        adopt(root, css)
        accent(host, data.color ?? config.widget?.color)
        if (settings.theme !== 'auto') host.dataset.theme = settings.theme
        host.dataset.position = settings.position
        launcher.setAttribute('aria-label', data.label ?? config.widget?.title ?? config.name)
        const place = settings.target && document.querySelector(settings.target)
        if (place) host.dataset.inline = ''
        else if (settings.launcher) root.append(launcher)
        ;(place || document.body).append(host)
        emit('ready', { bot: settings.bot })
        // An answer that was under way when the page was left goes on by itself.
        if (place || data.open === 'true' || localStorage.getItem(`chatsphere:${settings.bot}:turn`))
            toggle(Boolean(place) || data.open === 'true')
        return true
    }
    function load(): Promise<Chat> {
        chat ??= import(/* @vite-ignore */ `${settings.base}${__APP__}`).then((module) =>
            module.mount({
                root,
                host,
                settings,
                config,
                emit,
                onClose: () => toggle(false),
                onUnread: (n: number) => (badge.hidden = !n),
            }),
        )
        return chat
    }
    async function toggle(to = !open): Promise<void> {
        if (!(await ready.catch(() => false)) && !config) return
        open = to
        host.toggleAttribute('data-open', to)
        launcher.setAttribute('aria-expanded', String(to))
        const view = await load()
        if (open !== to) return
        view.show(to)
        if (!to && settings.launcher && !settings.target) launcher.focus()
        emit(to ? 'open' : 'close')
    }

    const api = {
        open: () => toggle(true),
        close: () => toggle(false),
        toggle: () => toggle(),
        ask: (text: string) =>
            toggle(true)
                .then(load)
                .then((view) => view.ask(text)),
        reset: () => load().then((view) => view.reset()),
        destroy: () => host.remove(),
        on(name: string, listener: Listener) {
            if (!listeners.has(name)) listeners.set(name, new Set())
            listeners.get(name)!.add(listener)
            return () => listeners.get(name)!.delete(listener)
        },
        get isOpen() {
            return open
        },
    }
    // Calls made before this file had come: window.ChatSphere = { q: [['open'], ['on', 'open', fn]] }
    const early =
        (window as unknown as { ChatSphere?: { q?: [keyof typeof api, ...unknown[]][] } }).ChatSphere?.q ?? []
    Object.assign(window, { ChatSphere: api })
    for (const [name, ...args] of early) (api[name] as (...a: unknown[]) => void)?.(...args)
}

const tag = (document.currentScript ??
    document.querySelector('script[data-bot][src$="/widget.js"]')) as HTMLScriptElement | null
if (tag) {
    const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200))
    const begin = () => idle(() => start(tag), { timeout: 2000 })
    if (document.readyState === 'complete') begin()
    else addEventListener('load', begin, { once: true })
}
