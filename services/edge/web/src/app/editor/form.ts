/** The editor's copy of a bot: what was changed, and only that travels. */
import { computed, ref, toRaw, watch, type Ref } from 'vue'
import type { Bot } from '../api'

type Configuration = Bot['configuration']
export interface BotForm {
    name: string
    description: string
    is_public: boolean
    allowed_origins: string[]
    configuration: Configuration
    widget: Bot['widget']
}

function pick(bot: Bot): BotForm {
    return structuredClone({
        name: bot.name,
        description: bot.description ?? '',
        is_public: bot.is_public,
        allowed_origins: bot.allowed_origins,
        configuration: { system_prompt: '', welcome_message: '', ...bot.configuration },
        widget: { ...bot.widget },
    })
}

type Tree = Record<string, unknown>
const isTree = (value: unknown): value is Tree =>
    Boolean(value) && typeof value === 'object' && !Array.isArray(value)

/** A merge patch: absent is unchanged, an empty text clears. */
export function changes(before: Tree, after: Tree): Tree {
    const out: Tree = {}
    for (const [name, value] of Object.entries(after)) {
        if (JSON.stringify(before[name]) === JSON.stringify(value)) continue
        if (isTree(value)) out[name] = changes((before[name] ?? {}) as Tree, value)
        else out[name] = value === '' ? null : value
    }
    return out
}

export function useBotForm(bot: Ref<Bot | undefined>) {
    const form = ref<BotForm>()
    const saved = ref('')
    const dirty = computed(() => Boolean(form.value) && JSON.stringify(form.value) !== saved.value)

    function take(next: Bot) {
        form.value = pick(toRaw(next))
        saved.value = JSON.stringify(form.value)
    }
    // what comes in while something is changed here does not overwrite it
    watch(bot, (next) => next && !dirty.value && take(next), { immediate: true })
    return {
        form,
        dirty,
        take,
        discard: () => (form.value = JSON.parse(saved.value)),
        patch: () => changes(JSON.parse(saved.value), JSON.parse(JSON.stringify(form.value))),
    }
}
