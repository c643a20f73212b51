/**
 * Self-hosters open the product at http://10.0.0.5:8080, and shops may still be on http:
 * there the browser gives no randomUUID, no clipboard and no locks. These do their work everywhere.
 */
export function uuid(): string {
    return (
        crypto.randomUUID?.() ??
        [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('')
    )
}

export async function copyText(text: string): Promise<void> {
    if (navigator.clipboard) return navigator.clipboard.writeText(text)
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    document.execCommand('copy')
    area.remove()
}

/** One tab at a time where the browser has locks; elsewhere one caller at a time. */
export function exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
    return navigator.locks ? (navigator.locks.request(name, work) as Promise<T>) : work()
}
