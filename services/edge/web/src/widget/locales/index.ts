/** The languages of the widget. English is part of it; the others are a file each, fetched when wanted. */
import en from './en'

export type Words = Omit<typeof en, 'lang'> & { lang: string }

const OTHERS: Record<string, () => Promise<{ default: Words }>> = {
    de: () => import('./de'),
    fr: () => import('./fr'),
    es: () => import('./es'),
    ar: () => import('./ar'),
}

export async function wordsOf(locale: string): Promise<Words> {
    const language = locale.toLowerCase().split('-')[0]!
    return (await OTHERS[language]?.().catch(() => undefined))?.default ?? en
}
