import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { t } from './i18n'
import { useSession } from './session'

const page = (path: string, name: string, component: () => Promise<unknown>): RouteRecordRaw => ({
    path,
    name,
    component: component as RouteRecordRaw['component'] & object,
    props: true,
    meta: { title: name },
})
const open = (record: RouteRecordRaw): RouteRecordRaw => ({ ...record, meta: { ...record.meta, open: true } })
const signIn = () => import('./pages/SignIn.vue')

const botPages: RouteRecordRaw[] = [
    page('', 'build', () => import('./pages/BotBuild.vue')),
    page('documents', 'documents', () => import('./pages/BotDocuments.vue')),
    page('retrieval', 'retrieval', () => import('./pages/BotRetrieval.vue')),
    page('conversations', 'botConversations', () => import('./pages/ConversationList.vue')),
    page('analytics', 'botAnalytics', () => import('./pages/AnalyticsPage.vue')),
    page('share', 'share', () => import('./pages/BotShare.vue')),
    page('settings', 'botSettings', () => import('./pages/BotSettings.vue')),
]

export const router = createRouter({
    history: createWebHistory(),
    scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
    routes: [
        open(page('/sign-in', 'signIn', signIn)),
        open(page('/join', 'join', signIn)),
        open(page('/reset', 'reset', () => import('./pages/ResetPassword.vue'))),
        open(page('/invite/:code?', 'invite', signIn)),
        open(page('/welcome', 'welcome', () => import('./pages/WelcomeLink.vue'))),
        {
            path: '/',
            component: () => import('./shell/AppShell.vue'),
            children: [
                page('', 'home', () => import('./pages/Home.vue')),
                page(
                    'conversations/:conversationId?',
                    'conversations',
                    () => import('./pages/ConversationList.vue'),
                ),
                page('past', 'past', () => import('./pages/AskPast.vue')),
                page('analytics', 'analytics', () => import('./pages/AnalyticsPage.vue')),
                page('keys', 'keys', () => import('./pages/ApiKeys.vue')),
                page('events', 'events', () => import('./pages/EventsPage.vue')),
                page('members', 'members', () => import('./pages/MembersPage.vue')),
                page('settings', 'settings', () => import('./pages/SettingsPage.vue')),
                page('admin', 'admin', () => import('./pages/AdminPage.vue')),
                {
                    path: 'bots/:botId',
                    component: () => import('./shell/BotShell.vue'),
                    props: true,
                    children: botPages,
                },
                page(':path(.*)*', 'missing', () => import('./pages/NotFound.vue')),
            ],
        },
    ],
})

router.beforeEach((to) => {
    if (!to.meta.open && !useSession().signedIn) return { name: 'signIn', query: { next: to.fullPath } }
})
router.afterEach((to, from) => {
    document.title = `${t(`title.${String(to.meta.title)}`)} · ChatSphere`
    // a new page begins at its top for those who do not see it, too
    if (from.name && to.path !== from.path)
        requestAnimationFrame(() => document.getElementById('main')?.focus())
})
