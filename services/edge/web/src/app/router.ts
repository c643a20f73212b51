import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from './session'

export const router = createRouter({
    history: createWebHistory(),
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
    routes: [
        {
            path: '/sign-in',
            name: 'sign-in',
            component: () => import('./pages/SignIn.vue'),
            meta: { open: true, title: 'Sign in' },
        },
        {
            path: '/',
            component: () => import('./shell/AppShell.vue'),
            children: [
                {
                    path: '',
                    name: 'home',
                    component: () => import('./pages/Home.vue'),
                    meta: { title: 'Home' },
                },
                {
                    path: 'bots/:botId',
                    component: () => import('./shell/BotShell.vue'),
                    props: true,
                    children: [
                        {
                            path: '',
                            name: 'bot',
                            component: () => import('./pages/BotBuild.vue'),
                            props: true,
                            meta: { title: 'Build' },
                        },
                        {
                            path: 'documents',
                            name: 'documents',
                            component: () => import('./pages/BotDocuments.vue'),
                            props: true,
                            meta: { title: 'Documents' },
                        },
                        {
                            path: 'retrieval',
                            name: 'retrieval',
                            component: () => import('./pages/BotRetrieval.vue'),
                            props: true,
                            meta: { title: 'Retrieval' },
                        },
                        {
                            path: 'share',
                            name: 'share',
                            component: () => import('./pages/BotShare.vue'),
                            props: true,
                            meta: { title: 'Share' },
                        },
                    ],
                },
            ],
        },
    ],
})

router.beforeEach((to) => {
    const session = useSession()
    if (!to.meta.open && !session.signedIn) return { name: 'sign-in', query: { next: to.fullPath } }
})
router.afterEach((to) => {
    document.title = `${String(to.meta.title ?? '')} · ChatSphere`
})
