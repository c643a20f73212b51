/** A conversation with a bot as state: messages said, the turn under way, what it waits for. No screen. */
import { onBeforeUnmount, ref, shallowReactive } from 'vue'
import { uuid } from '../../core/plain-http'
import { ProblemError, problemOf, runTurn, type Source } from '../../core/turn'
import { authorized, call } from '../api'
import { t } from '../i18n'

export interface Said {
    id: number
    role: 'user' | 'assistant'
    text: string
    sources: Source[]
    streaming?: boolean
    error?: string
    took?: number
    messageId?: string
}
const SPOKEN_CHARS = 600

export function useConversation(bot: () => { id: string; name: string }) {
    const said = ref<Said[]>([])
    const waiting = ref(false)
    const status = ref('')
    const busy = ref(false)
    let conversation = ''
    let turn = ''
    let stop: AbortController | undefined

    onBeforeUnmount(() => stop?.abort())

    function restart() {
        stop?.abort()
        said.value = []
        conversation = ''
    }
    async function begin(): Promise<string> {
        const made = await call<{ id: string }>('POST', '/api/v1/conversations', {
            bot_id: bot().id,
            metadata: { channel: 'test' },
        })
        return made.id
    }

    async function send(text: string) {
        if (busy.value) return
        said.value.push({ id: said.value.length, role: 'user', text, sources: [] })
        const answer = shallowReactive<Said>({
            id: said.value.length,
            role: 'assistant',
            text: '',
            streaming: true,
            sources: [],
        })
        said.value.push(answer)
        const mine = (stop = new AbortController())
        busy.value = true
        status.value = t('chat.answering', { name: bot().name })
        const began = performance.now()
        try {
            conversation ||= await begin()
            await run(conversation, text, answer, mine.signal)
            answer.took = performance.now() - began
            status.value = answer.error ? t('chat.failed', { why: answer.error }) : spoken(answer.text)
        } catch (error) {
            if (!mine.signal.aborted) {
                answer.error = error instanceof ProblemError ? error.message : t('error.failed')
                status.value = t('chat.failed', { why: answer.error })
            }
        } finally {
            answer.streaming = false
            if (stop === mine) {
                busy.value = false
                waiting.value = false
            }
        }
    }

    function run(id: string, text: string, answer: Said, signal: AbortSignal) {
        const headers = {
            'Content-Type': 'application/json',
            Accept: 'text/event-stream',
            'Idempotency-Key': uuid(),
        }
        const body = JSON.stringify({ content: text })
        return runTurn({
            signal,
            begin: () =>
                authorized(`/api/v1/conversations/${id}/messages`, { method: 'POST', signal, headers, body }),
            resume: (turnId, after) =>
                authorized(`/api/v1/turns/${turnId}/stream?after=${after}`, { signal }),
            onWaiting: (is) => (waiting.value = is),
            onFrame(frame) {
                if (frame.type === 'start') {
                    turn = frame.turn_id
                    answer.messageId = frame.message_id
                } else if (frame.type === 'sources') answer.sources = frame.items
                else if (frame.type === 'delta') answer.text += frame.text
                else if (frame.type === 'error') answer.error = frame.problem.detail ?? frame.problem.title
            },
        })
    }

    async function cancel() {
        const response = await authorized(`/api/v1/turns/${turn}/cancel`, { method: 'POST' })
        if (!response.ok) stop?.abort((await problemOf(response)).message)
    }
    const spoken = (text: string) =>
        `${t('chat.complete')} ${text.replace(/[*_`>#|[\]]/g, '').slice(0, SPOKEN_CHARS)}`
    return { said, waiting, status, busy, send, cancel, restart }
}
