import { reactive } from 'vue'
export interface Toast {
    id: number
    kind: 'ok' | 'bad' | 'info'
    title: string
    detail?: string
    action?: { label: string; run(): void }
}
export const toasts = reactive<Toast[]>([])
let last = 0
export function toast(kind: Toast['kind'], title: string, detail?: string, action?: Toast['action']) {
    toasts.push({ id: ++last, kind, title, detail, action })
    if (toasts.length > 3) toasts.shift()
}
