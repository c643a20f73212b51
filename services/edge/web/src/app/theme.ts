import { ref } from 'vue'

type Theme = '' | 'light' | 'dark'
const KEY = 'chatsphere.theme'
const root = document.documentElement
const current = ref<Theme>((root.dataset.theme as Theme) ?? '')

export function useTheme() {
    return {
        current,
        set(theme: Theme) {
            current.value = theme
            if (theme) root.dataset.theme = theme
            else delete root.dataset.theme
            try {
                if (theme) localStorage.setItem(KEY, theme)
                else localStorage.removeItem(KEY)
            } catch {
                /* private mode: the choice lasts as long as the page */
            }
        },
    }
}
