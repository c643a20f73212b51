/** The little that a framework would be used for. */
type Props = Record<string, unknown>
export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    props: Props = {},
    ...children: (Node | string | null | undefined | false)[]
): HTMLElementTagNameMap[K] {
    const node = document.createElement(tag)
    for (const [name, value] of Object.entries(props)) {
        if (value == null || value === false) continue
        if (name.startsWith('on')) node.addEventListener(name.slice(2), value as EventListener)
        else if (name in node && !name.includes('-')) (node as unknown as Props)[name] = value
        else node.setAttribute(name, value === true ? '' : String(value))
    }
    node.append(...(children.filter((c) => c != null && c !== false) as (Node | string)[]))
    return node
}

const SVG = 'http://www.w3.org/2000/svg'
export function icon(path: string): SVGElement {
    const svg = document.createElementNS(SVG, 'svg')
    svg.setAttribute('viewBox', '0 0 24 24')
    svg.setAttribute('aria-hidden', 'true')
    const p = document.createElementNS(SVG, 'path')
    p.setAttribute('d', path)
    svg.append(p)
    return svg
}

/** Paths of the icons, on a field of 24. */
export const ICONS = {
    up: 'M12 19V5M5 12l7-7 7 7',
    down: 'M12 5v14M5 12l7 7 7-7',
    stop: 'M7 7h10v10H7z',
    close: 'M18 6 6 18M6 6l12 12',
    again: 'M3 12a9 9 0 1 0 3-6.7L3 8M3 3v5h5',
    copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
    good: 'M7 10v11M15 6l-1 4h6a2 2 0 0 1 2 2.4l-1.4 7A2 2 0 0 1 18.6 21H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1h3l4-8a3 3 0 0 1 4 4Z',
    bad: 'M17 14V3M9 18l1-4H4a2 2 0 0 1-2-2.4l1.4-7A2 2 0 0 1 5.4 3H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-3l-4 8a3 3 0 0 1-4-4Z',
}

/** A button with an icon alone; its label is its name and its tooltip. */
export function iconButton(className: string, label: string, path: string, onclick: () => void) {
    return h('button', { className, type: 'button', 'aria-label': label, title: label, onclick }, icon(path))
}

/** Stylesheets made in memory are not subject to the page's style-src, so a strict site needs no exception. */
export function adopt(root: ShadowRoot | Document, css: string): void {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
}

/** The owner's colour, made readable: the text on it, and a variant that can be read on either surface. */
export function accent(target: HTMLElement, hex?: string | null): void {
    if (!hex || !/^#[\da-f]{6}$/i.test(hex)) return
    const on = contrast(hex, '#ffffff') >= contrast(hex, '#000000') ? '#ffffff' : '#000000'
    const set = (name: string, value: string) => target.style.setProperty(name, value)
    set('--brand', hex)
    set('--on-brand', on)
    set(
        '--accent',
        `light-dark(${readable(hex, '#ffffff', '#000000')}, ${readable(hex, '#141918', '#ffffff')})`,
    )
}

function readable(hex: string, on: string, toward: string): string {
    for (let share = 0; share <= 1; share += 0.05) {
        const mixed = mix(hex, toward, share)
        if (contrast(mixed, on) >= 4.5) return mixed
    }
    return toward
}
const channels = (hex: string) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))
const mix = (a: string, b: string, share: number) =>
    '#' +
    channels(a)
        .map((c, i) =>
            Math.round(c + (channels(b)[i]! - c) * share)
                .toString(16)
                .padStart(2, '0'),
        )
        .join('')
function luminance(hex: string): number {
    const [r, g, b] = channels(hex).map((c) =>
        (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
function contrast(a: string, b: string): number {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p)
    return (x! + 0.05) / (y! + 0.05)
}
