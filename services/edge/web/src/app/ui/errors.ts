/** The server's word on each field of a form, and on the whole. */
import { nextTick, reactive, ref } from 'vue'
import { ProblemError } from '../../core/turn'
import { t } from '../i18n'

export function useErrors() {
    const fields = reactive<Record<string, string>>({})
    const whole = ref('')
    function clear() {
        for (const name in fields) delete fields[name]
        whole.value = ''
    }
    /** Shows them and puts the focus on the first field that is wrong. */
    function show(error: unknown) {
        clear()
        const problem = error instanceof ProblemError ? error.problem : undefined
        for (const e of problem?.errors ?? []) fields[e.field] = e.message
        if (!problem?.errors?.length)
            whole.value = problem?.detail || (problem?.status ? problem.title : '') || t('error.unreachable')
        nextTick(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
    }
    return { fields, whole, clear, show }
}
