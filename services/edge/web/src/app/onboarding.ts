/** The five steps from an account to an answering bot on a site: each is derived from what is, never from clicks. */
import { computed, type Ref } from 'vue'
import { useQuery } from '@tanstack/vue-query'
import { listPage, type Bot, type Conversation, type Doc } from './api'
import { useEmbed } from './queries'

export function useOnboarding(bots: Ref<Bot[] | undefined>) {
    // the bot that is furthest: a public one, else the newest
    const bot = computed(() => bots.value?.find((b) => b.is_public) ?? bots.value?.[0])
    const id = computed(() => bot.value?.id ?? '')
    const enabled = computed(() => Boolean(id.value))
    const documents = useQuery({
        queryKey: computed(() => ['start', 'documents', id.value]),
        enabled,
        queryFn: () => listPage<Doc>(`/api/v1/bots/${id.value}/documents`, { status: 'ready', limit: 1 }),
    })
    const conversations = useQuery({
        queryKey: computed(() => ['start', 'conversations', id.value]),
        enabled,
        queryFn: () => listPage<Conversation>('/api/v1/conversations', { bot_id: id.value, limit: 5 }),
    })
    const embed = useEmbed(id)
    const at = (page: string) => (id.value ? `/bots/${id.value}${page}` : '/')
    const steps = computed(() => [
        { name: 'bot', done: enabled.value, to: '/' },
        { name: 'documents', done: Boolean(documents.data.value?.items.length), to: at('/documents') },
        {
            name: 'ask',
            done: Boolean(conversations.data.value?.items.some((c) => c.message_count)),
            to: at(''),
        },
        { name: 'open', done: Boolean(bot.value?.is_public), to: at('/share') },
        { name: 'embed', done: Boolean(embed.data.value?.seen?.length), to: at('/share') },
    ])
    const ready = computed(
        () =>
            Boolean(bots.value) &&
            (!id.value || (!documents.isPending.value && !conversations.isPending.value)),
    )
    const done = computed(() => steps.value.filter((s) => s.done).length)
    return { steps, done, ready, bot }
}
