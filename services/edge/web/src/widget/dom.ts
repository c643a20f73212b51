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

/** Stylesheets made in memory are not subject to the page's style-src, so a strict site needs no exception. */
export function adopt(root: ShadowRoot | Document, css: string): void {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet]
}

/** The owner's colour, made readable: the text on it, and a variant that can be read on either surface. */
export function accent(target: HTMLElement, hex?: string | null): void {
    if (!hex || !/^#[\da-f]{6}$/i.test(hex)) return
    const on = contrast(hex, '#ffffff') >= contrast(hex, '#141817') ? '#ffffff' : '#141817'
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
