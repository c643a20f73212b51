import { createApp } from 'vue'
import { createPinia } from 'pinia'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { ProblemError } from '../core/turn'
import App from './App.vue'
import { router } from './router'
import '../styles/dashboard.css'

createApp(App)
    .use(createPinia())
    .use(router)
    .use(VueQueryPlugin, {
        queryClientConfig: {
            defaultOptions: {
                queries: {
                    staleTime: 10_000,
                    // A refusal stays a refusal; only what may pass is tried again.
                    retry: (count, error) =>
                        count < 2 &&
                        !(
                            error instanceof ProblemError &&
                            error.problem.status < 500 &&
                            error.problem.status !== 429
                        ),
                },
            },
        },
    })
    .mount('#app')
