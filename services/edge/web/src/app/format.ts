const units = ['B', 'kB', 'MB', 'GB']
export function bytes(n = 0): string {
    const step = Math.min(Math.floor(Math.log10(Math.max(n, 1)) / 3), 3)
    return `${new Intl.NumberFormat(undefined, { maximumFractionDigits: step && n / 1000 ** step < 10 ? 1 : 0 }).format(n / 1000 ** step)}\u202f${units[step]}`
}
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' })
export function ago(time?: string): string {
    if (!time) return ''
    const s = (Date.parse(time) - Date.now()) / 1000
    for (const [unit, size] of [
        ['day', 86400],
        ['hour', 3600],
        ['minute', 60],
    ] as const)
        if (Math.abs(s) >= size) return relative.format(Math.round(s / size), unit)
    return 'just now'
}
export const number = (n = 0) => new Intl.NumberFormat().format(n)
