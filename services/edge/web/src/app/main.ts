import { createApp } from 'vue'
import { createPinia } from 'pinia'
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { ProblemError } from '../core/turn'
import App from './App.vue'
import { firstLanguage, i18n, setLanguage } from './i18n'
import { router } from './router'
import '../styles/dashboard.css'

// A refusal stays a refusal; only what may pass is tried again.
function passes(error: unknown): boolean {
    return !(error instanceof ProblemError) || error.problem.status >= 500 || error.problem.status === 0
}
const queryClient = new QueryClient({
    defaultOptions: { queries: { staleTime: 10_000, retry: (count, error) => count < 2 && passes(error) } },
})

await setLanguage(firstLanguage(), false)
createApp(App).use(createPinia()).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
