const root = document.documentElement
export function useTheme() {
    return {
        set(theme: '' | 'light' | 'dark') {
            if (theme) root.dataset.theme = theme
            else delete root.dataset.theme
            try {
                if (theme) localStorage.setItem('chatsphere.theme', theme)
                else localStorage.removeItem('chatsphere.theme')
            } catch {
                /* private mode: the choice lasts as long as the page */
            }
        },
    }
}
