/** The parts of the widget that need no server: texts by language, memory, colours, languages. */
import { beforeEach, describe, expect, it } from 'vitest'
import { accent } from '../src/widget/dom'
import { wordsOf } from '../src/widget/locales'
import ar from '../src/widget/locales/ar'
import de from '../src/widget/locales/de'
import en from '../src/widget/locales/en'
import es from '../src/widget/locales/es'
import fr from '../src/widget/locales/fr'
import { expiresIn, lapsed, recall, remember } from '../src/widget/memory'
import { textsOf, type Config } from '../src/widget/settings'

const config: Config = {
    bot_id: 'b',
    name: 'Guide',
    welcome_message: 'Welcome',
    suggested_questions: ['Open?'],
    widget: {
        title: 'Ask us',
        texts: { de: { title: 'Fragen Sie', welcome_message: '' }, 'pt-BR': { title: 'Pergunte' } },
    },
}

describe('texts by language', () => {
    it('are those of the language, of its region first, and the general ones where it has none', () => {
        expect(textsOf(config, 'de-AT')).toMatchObject({
            title: 'Fragen Sie',
            welcome_message: 'Welcome',
            suggested_questions: ['Open?'],
        })
        expect(textsOf(config, 'pt-br').title).toBe('Pergunte')
        expect(textsOf(config, 'pt').title).toBe('Ask us')
        expect(textsOf({ bot_id: 'b', name: 'Guide' }, 'en').title).toBe('Guide')
    })
})

const token = (seconds: number) => `x.${btoa(JSON.stringify({ exp: Date.now() / 1000 + seconds }))}.x`
describe('memory', () => {
    beforeEach(() => localStorage.clear())
    it('forgets a session whose token is over, and knows that there was one', () => {
        remember('b', { session: 's', token: token(60) })
        expect(recall('b')?.session).toBe('s')
        expect(lapsed('b')).toBe(false)
        remember('b', { session: 's', token: token(-60) })
        expect(recall('b')).toBeUndefined()
        expect(lapsed('b')).toBe(true)
        expect(Object.keys(localStorage).sort()).toEqual(['chatsphere:b:session', 'chatsphere:b:token'])
        remember('b')
        expect(localStorage.length).toBe(0)
        expect(expiresIn('nonsense')).toBe(0)
    })
})

describe('languages', () => {
    it('have the same words, none of them empty, with the same places to fill in', () => {
        const places = (s: string) => (s.match(/\{\w+\}/g) ?? []).sort().join()
        for (const words of [de, fr, es, ar]) {
            expect(Object.keys(words).sort()).toEqual(Object.keys(en).sort())
            for (const [key, text] of Object.entries(en)) {
                const other = words[key as keyof typeof en]
                expect(other.trim(), `${words.lang} ${key}`).not.toBe('')
                expect(places(other), `${words.lang} ${key}`).toBe(places(text))
            }
        }
    })
    it('are found by the first part of the locale', async () => {
        expect((await wordsOf('de-CH')).lang).toBe('de')
        expect((await wordsOf('ar')).dir).toBe('rtl')
        expect((await wordsOf('xx')).lang).toBe('en')
    })
})

describe('the colour of the owner', () => {
    const luminance = (hex: string) => {
        const [r, g, b] = [1, 3, 5]
            .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
    }
    const contrast = (a: string, b: string) => {
        const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p)
        return (x! + 0.05) / (y! + 0.05)
    }
    it('can be read in both themes, and so can the text on it', () => {
        for (const hex of ['#ffdd00', '#000000', '#ffffff', '#1f5c46', '#ff0000', '#808080', '#7a3b8f']) {
            const host = document.createElement('div')
            accent(host, hex)
            expect(contrast(hex, host.style.getPropertyValue('--on-brand'))).toBeGreaterThanOrEqual(4.5)
            const [light, dark] = host.style.getPropertyValue('--accent').match(/#[\da-f]{6}/gi)!
            expect(contrast(light!, '#ffffff')).toBeGreaterThanOrEqual(4.5)
            expect(contrast(dark!, '#141918')).toBeGreaterThanOrEqual(4.5)
        }
    })
})
