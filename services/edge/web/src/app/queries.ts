/** What several pages ask for, under one key each. */
import { computed, type MaybeRefOrGetter, toValue } from 'vue'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { call, client, listPage } from './api'

const PAGE = 50

/** A list that goes on at its end. The earlier result stays while a changed query is under way. */
export function useItems<T>(
    path: MaybeRefOrGetter<string>,
    query: MaybeRefOrGetter<Record<string, unknown>> = {},
    options: { enabled?: MaybeRefOrGetter<boolean>; refetchInterval?: number } = {},
) {
    const list = useInfiniteQuery({
        queryKey: computed(() => ['list', toValue(path), toValue(query)]),
        enabled: computed(() => toValue(options.enabled) ?? true),
        refetchInterval: options.refetchInterval,
        initialPageParam: '',
        placeholderData: keepPreviousData,
        queryFn: ({ pageParam, signal }) =>
            listPage<T>(toValue(path), { limit: PAGE, ...toValue(query), cursor: pageParam }, signal),
        getNextPageParam: (page) => page.next_cursor || undefined,
    })
    const items = computed(() => list.data.value?.pages.flatMap((page) => page.items) ?? [])
    const total = computed(() => list.data.value?.pages[0]?.total)
    return { ...list, items, total }
}

export function useBots() {
    return useQuery({
        queryKey: ['bots'],
        queryFn: async () =>
            (await client.GET('/api/v1/bots', { params: { query: { limit: 100 } } })).data!.items,
    })
}

export function useBot(id: MaybeRefOrGetter<string>) {
    return useQuery({
        queryKey: computed(() => ['bot', toValue(id)]),
        queryFn: async () =>
            (await client.GET('/api/v1/bots/{bot_id}', { params: { path: { bot_id: toValue(id) } } })).data!,
    })
}

export function useEmbed(id: MaybeRefOrGetter<string>, refetchInterval?: number) {
    return useQuery({
        queryKey: computed(() => ['embed', toValue(id)]),
        enabled: computed(() => Boolean(toValue(id))),
        refetchInterval,
        queryFn: () => call<Embed>('GET', `/api/v1/bots/${toValue(id)}/embed`),
    })
}
export interface Embed {
    chat_url: string
    script: string
    iframe: string
    seen?: { origin: string; at: string }[]
}

export function useUsage() {
    return useQuery({
        queryKey: ['usage'],
        queryFn: () => call<Usage>('GET', '/api/v1/usage'),
    })
}
export interface Usage {
    messages: number
    prompt_tokens: number
    completion_tokens: number
    since: string
    plan: Record<string, number | string | undefined> & { name: string }
    used?: { bots?: number; documents?: number; document_bytes?: number; messages?: number }
}

export interface Stats {
    messages: number
    errors: number
    error_rate: number
    sessions: number
    prompt_tokens: number
    completion_tokens: number
    cost: number
    latency_ms?: { p50: number; p95: number }
    first_token_ms?: { p50: number; p95: number }
    feedback?: { up: number; down: number }
    retrieval_hit_rate?: number
    days?: { day: string; messages: number; cost?: number }[]
}
export function useStats(
    path: MaybeRefOrGetter<string>,
    query: MaybeRefOrGetter<Record<string, string>> = {},
) {
    return useQuery({
        queryKey: computed(() => ['stats', toValue(path), toValue(query)]),
        placeholderData: keepPreviousData,
        queryFn: () => call<Stats>('GET', `${toValue(path)}?${new URLSearchParams(toValue(query))}`),
    })
}
