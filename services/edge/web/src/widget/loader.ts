/**
 * /widget.js: the only thing a customer's page loads before anyone wants to chat. It reads the
 * script tag, asks for the bot's public settings when the page is idle, shows the launcher and
 * fetches the chat itself on the first sign of interest.
 */
import { accent, adopt, h, icon } from './dom'
import css from './launcher.css?inline'
import { textsOf, type Config, type Identity, type Settings } from './settings'
import type { Chat } from './chat'

declare const __APP__: string

type Listener = (detail: unknown) => void
type Call = [string, ...unknown[]]
const RTL = /^(ar|fa|he|ur)\b/i
const CHAT = 'M20.3 11.4a8.3 8.3 0 0 1-12 7.4L3.7 20.3l1.5-4.6a8.3 8.3 0 1 1 15.1-4.3Z'
const CLOSE = 'm6 9 6 6 6-6'

function start(data: DOMStringMap, base: string) {
    const bot = data.bot!
    const settings: Settings = {
        base,
        bot,
        locale: data.locale || document.documentElement.lang || navigator.language,
        inline: false,
        shareText: 'shareText' in data,
    }
    const host = h('div', { id: 'chatsphere' })
    const root = host.attachShadow({ mode: 'open' })
    const listeners = new Map<string, Set<Listener>>()
    let chat: Promise<Chat> | undefined
    let config: Config | undefined
    let frame: HTMLIFrameElement | undefined
    let theme = data.theme
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
        launcher.addEventListener(hint, () => void load(), { once: true, passive: true })

    function emit(name: string, detail?: unknown) {
        listeners.get(name)?.forEach((listener) => listener(detail))
        host.dispatchEvent(new CustomEvent(`chatsphere:${name}`, { detail, bubbles: true, composed: true }))
    }
    function dress() {
        const widget = config!.widget ?? {}
        const texts = textsOf(config!, settings.locale)
        theme ||= widget.theme
        if (theme && theme !== 'auto') host.dataset.theme = theme
        else delete host.dataset.theme
        accent(host, data.color ?? widget.color)
        host.dataset.position =
            data.position ?? widget.position ?? (RTL.test(settings.locale) ? 'left' : 'right')
        host.style.setProperty('--x', `${Number(data.offsetX ?? widget.offset?.x ?? 20)}px`)
        host.style.setProperty('--y', `${Number(data.offsetY ?? widget.offset?.y ?? 20)}px`)
        if (data.z) host.style.zIndex = data.z
        launcher.setAttribute('aria-label', data.label ?? texts.label ?? texts.title!)
    }
    const ready = settle()
    async function settle(): Promise<boolean> {
        const response = await fetch(`${base}/api/v1/chat/${bot}/config`).catch(() => undefined)
        if (!response?.ok) {
            console.warn(`ChatSphere: bot ${bot} is not available here.`)
            return false
        }
        config = (await response.json()) as Config
        adopt(root, css)
        dress()
        const place = data.target && document.querySelector(data.target)
        if (place) host.dataset.inline = ''
        settings.inline = !!place
        if (!place && data.launcher !== 'none') root.append(launcher)
        ;(place || document.body).append(host)
        emit('ready', { bot })
        const wanted = !!place || ('open' in data && data.open !== 'false')
        let left: string | null = null
        try {
            left = localStorage.getItem(`chatsphere:${bot}:turn`)
        } catch {
            /* refused */
        }
        // an answer that was under way when the page was left goes on by itself
        if (wanted) void toggle(true)
        else if (left) void load()
        return true
    }
    function load(): Promise<Chat> {
        return (chat ??= ready.then((ok) => {
            if (!ok) throw 0
            if (data.isolation === 'iframe') return framed()
            return import(/* @vite-ignore */ base + __APP__).then((module) =>
                module.mount({
                    root,
                    host,
                    settings,
                    config,
                    emit,
                    onClose: () => toggle(false),
                    onGone: () => host.remove(),
                    onUnread: (n: number) => (badge.hidden = !n),
                }),
            )
        }))
    }
    /** The hosted page behind a wall: nothing of the page can look in, and only the first question can be handed over. */
    function framed() {
        const show = (query = '') => {
            frame?.remove()
            frame = h('iframe', {
                className: 'frame',
                title: launcher.getAttribute('aria-label'),
                allow: 'clipboard-write',
                src: `${base}/chat/${bot}?locale=${settings.locale}${theme ? `&theme=${theme}` : ''}${query}`,
                hidden: !open,
            })
            root.prepend(frame)
        }
        show()
        const ask = (q: string) => show(`&q=${encodeURIComponent(q)}`)
        return {
            show: (to: boolean) => (frame!.hidden = !to),
            ask,
            prefill: ask,
            reset() {},
            set: () => show(),
        } as unknown as Chat
    }
    async function toggle(to = !open): Promise<void> {
        if (!(await ready)) return
        open = to
        host.toggleAttribute('data-open', to)
        launcher.setAttribute('aria-expanded', String(to))
        const view = await load()
        if (open !== to) return
        view.show(to)
        if (!to) launcher.focus()
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
        prefill: (text: string) =>
            toggle(true)
                .then(load)
                .then((view) => view.prefill(text)),
        reset: () => load().then((view) => view.reset()),
        async set(o: { theme?: string; locale?: string }) {
            theme = o.theme ?? theme
            settings.locale = o.locale ?? settings.locale
            if (await ready) dress()
            return chat?.then((view) => view.set())
        },
        identify: (who: Identity) => void (settings.identity = who),
        destroy: () => host.remove(),
        on(name: string, listener: Listener) {
            if (!listeners.has(name)) listeners.set(name, new Set())
            listeners.get(name)!.add(listener)
            return () => listeners.get(name)!.delete(listener)
        },
        get isOpen() {
            return open
        },
        get: (id: string) => all.get(id),
    }
    all.set(bot, api)
    const page = window as unknown as { ChatSphere?: { q?: Call[] } }
    // calls made before this file had come: window.ChatSphere = { q: [['open'], ['on', 'open', fn]] }
    const early = page.ChatSphere?.q
    if (!page.ChatSphere || early) Object.assign(window, { ChatSphere: api })
    for (const [name, ...args] of early ?? [])
        (api as unknown as Record<string, (...a: unknown[]) => void>)[name]?.(...args)
}

// one map for all tags of a page, which may load this file more than once
const shared = document as unknown as { chatsphere?: Map<string, unknown> }
const all = (shared.chatsphere ??= new Map<string, unknown>())
const tag = (document.currentScript ??
    document.querySelector('script[data-bot][src$="/widget.js"]')) as HTMLScriptElement | null
if (tag?.dataset.bot) {
    const { dataset, src } = tag
    const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 200))
    const begin = () =>
        idle(() => all.has(dataset.bot!) || start(dataset, new URL(src).origin), { timeout: 2000 })
    if (document.readyState === 'complete') begin()
    else addEventListener('load', begin, { once: true })
}
