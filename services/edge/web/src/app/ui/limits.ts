/** The limits of fields as the contract has them, so that a form never says them again. */
import table from '../../core/limits.json'

interface Limits {
    minLength?: number
    maxLength?: number
    minimum?: number
    maximum?: number
    maxItems?: number
}
/** Attributes for an input: the limits of one field of a message. */
export function limits(message: string, field: string): { maxlength?: number; min?: number; max?: number } {
    const found = (table as unknown as Record<string, Record<string, Limits>>)[message]?.[field] ?? {}
    return { maxlength: found.maxLength, min: found.minimum, max: found.maximum }
}
