/** What the loader, the chat and the page know of a bot: its public settings, and how this page wants to show it. */
export interface Texts {
    title?: string
    label?: string
    placeholder?: string
    welcome_message?: string
    suggested_questions?: string[]
}
export interface Config {
    bot_id: string
    name: string
    welcome_message?: string
    suggested_questions?: string[]
    show_sources?: boolean
    limits?: { message_chars?: number; per_minute?: number | null; per_day?: number | null }
    widget?: Texts & {
        color?: string
        position?: string
        theme?: string
        offset?: { x?: number; y?: number }
        privacy_url?: string
        avatar?: string
        feedback?: boolean
        texts?: Record<string, Texts>
    }
}

export interface Identity {
    id: string
    name?: string
    hmac: string
}
export interface Settings {
    base: string
    bot: string
    locale: string
    inline: boolean
    shareText: boolean
    identity?: Identity
}

/** The general texts, and over them those of the visitor's language: of pt-BR, or else of pt. */
export function textsOf(config: Config, locale: string): Texts {
    const general = {
        welcome_message: config.welcome_message,
        suggested_questions: config.suggested_questions,
        ...config.widget,
    }
    const all = config.widget?.texts ?? {}
    const wanted = locale.toLowerCase()
    const name = (of: string) => Object.keys(all).find((tag) => tag.toLowerCase() === of)
    const own = all[name(wanted) ?? name(wanted.split('-')[0]!) ?? '']
    const texts: Texts = { title: config.name, ...defined(general), ...defined(own ?? {}) }
    if (!texts.suggested_questions?.length) texts.suggested_questions = config.suggested_questions
    return texts
}
const defined = <T extends object>(o: T): Partial<T> =>
    Object.fromEntries(
        Object.entries(o).filter(([, v]) => v != null && v !== '' && !(Array.isArray(v) && !v.length)),
    ) as Partial<T>
