/** Numbers, sizes and times in the reader's language. */
import { i18n, t } from './i18n'

const locale = () => i18n.global.locale.value as string
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

export function bytes(n = 0): string {
    const step = Math.min(Math.floor(Math.log10(Math.max(n, 1)) / 3), UNITS.length - 1)
    const value = n / 1000 ** step
    const digits = step && value < 10 ? 1 : 0
    return `${new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value)}\u202f${UNITS[step]}`
}

export function ago(time?: string | null): string {
    if (!time) return ''
    const seconds = (Date.parse(time) - Date.now()) / 1000
    const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' })
    for (const [unit, size] of [
        ['day', 86400],
        ['hour', 3600],
        ['minute', 60],
    ] as const) {
        if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit)
    }
    return t('common.now')
}

export const exact = (time?: string | null) =>
    time
        ? new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'medium' }).format(
              new Date(time),
          )
        : ''
export const day = (time: string) =>
    new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short' }).format(new Date(time))
export const number = (n = 0) => new Intl.NumberFormat(locale()).format(n)
export const percent = (n = 0) =>
    new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 1 }).format(n)
export const seconds = (ms = 0) =>
    `${new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(ms / 1000)}\u202fs`
export const money = (n = 0) =>
    new Intl.NumberFormat(locale(), { style: 'currency', currency: 'USD', maximumFractionDigits: 4 }).format(
        n,
    )
