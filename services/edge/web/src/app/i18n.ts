/** The words of the dashboard: English at once, each other language when it is chosen. */
import { createI18n } from 'vue-i18n'
import en from './locales/en'

export type Messages = typeof en
export const languages = {
    en: 'English',
    de: 'Deutsch',
    fr: 'Français',
    es: 'Español',
    ar: 'العربية',
} as const
export type Language = keyof typeof languages

const files: Record<Exclude<Language, 'en'>, () => Promise<{ default: Messages }>> = {
    de: () => import('./locales/de'),
    fr: () => import('./locales/fr'),
    es: () => import('./locales/es'),
    ar: () => import('./locales/ar'),
}
const KEY = 'chatsphere.language'

export const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: { en } })
export const t = i18n.global.t

export async function setLanguage(language: Language, remember = true): Promise<void> {
    if (language !== 'en') {
        const file = await files[language]()
        i18n.global.setLocaleMessage(language, file.default as never)
    }
    ;(i18n.global.locale as unknown as { value: string }).value = language
    document.documentElement.lang = language
    document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr'
    if (remember) {
        try {
            localStorage.setItem(KEY, language)
        } catch {
            /* private mode: the choice lasts as long as the page */
        }
    }
}

/** The language that was chosen, else the first of the browser's that there is. */
export function firstLanguage(): Language {
    let chosen: string | null = null
    try {
        chosen = localStorage.getItem(KEY)
    } catch {
        /* private mode */
    }
    const wanted = [chosen, ...navigator.languages].map((tag) => tag?.slice(0, 2))
    return (wanted.find((tag) => tag && tag in languages) ?? 'en') as Language
}
