/** The places of the dashboard: the sidebar, the palette and the keys all read this. */
import {
    Activity,
    House,
    Inbox,
    KeyRound,
    Settings,
    ShieldCheck,
    Telescope,
    Users,
    Webhook,
} from '@lucide/vue'
import type { Component } from 'vue'

export interface Place {
    to: string
    /** of the words in `nav` */
    name: string
    icon: Component
    /** pressed after G */
    key?: string
    staff?: boolean
}
export const places: Place[] = [
    { to: '/', name: 'home', icon: House, key: 'h' },
    { to: '/conversations', name: 'conversations', icon: Inbox, key: 'c' },
    { to: '/past', name: 'past', icon: Telescope, key: 'p' },
    { to: '/analytics', name: 'analytics', icon: Activity, key: 'a' },
]
export const workspacePlaces: Place[] = [
    { to: '/keys', name: 'keys', icon: KeyRound, key: 'k' },
    { to: '/events', name: 'events', icon: Webhook },
    { to: '/members', name: 'members', icon: Users },
    { to: '/settings', name: 'settings', icon: Settings },
    { to: '/admin', name: 'admin', icon: ShieldCheck, staff: true },
]
export const botTabs = [
    'build',
    'documents',
    'retrieval',
    'botConversations',
    'botAnalytics',
    'share',
    'botSettings',
] as const
