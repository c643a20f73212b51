/** The API: a client that is generated from its document, and plain calls for streams, uploads and newer routes. */
import createClient from 'openapi-fetch'
import type { components, paths } from '../core/schema'
import { uuid } from '../core/plain-http'
import { ProblemError, problemOf } from '../core/turn'
import { useSession } from './session'

type Schemas = components['schemas']
export type Bot = Schemas['Bot']
export type Doc = Schemas['Document']
export type Hit = Schemas['Hit']
export type ApiKey = Schemas['ApiKey']
export type Conversation = Schemas['Conversation']
export type Message = Schemas['Message']
export type User = Schemas['User']

export const client = createClient<paths>({ baseUrl: '/' })
client.use({
    async onRequest({ request }) {
        request.headers.set('Authorization', `Bearer ${await useSession().token()}`)
        // made once for the deed of a person: a repeat after a lost connection never doubles it
        if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) {
            request.headers.set('Idempotency-Key', uuid())
        }
        return request
    },
    async onResponse({ response }) {
        if (!response.ok) throw await refusal(response)
    },
})

async function refusal(response: Response): Promise<ProblemError> {
    const problem = await problemOf(response)
    if (problem.problem.status === 401) useSession().expired()
    return problem
}

/** For streams and uploads, which the generated client does not do. */
export async function authorized(path: string, init: RequestInit = {}): Promise<Response> {
    const token = await useSession().token()
    return fetch(path, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } })
}

/** A call of a route that the types do not have. */
export async function call<T>(
    method: string,
    path: string,
    body?: object,
    signal?: AbortSignal,
    more: Record<string, string> = {},
): Promise<T> {
    const headers: Record<string, string> = body
        ? { 'Content-Type': 'application/json', ...more }
        : { ...more }
    if (method === 'POST') headers['Idempotency-Key'] = uuid()
    const response = await authorized(path, { method, headers, signal, body: body && JSON.stringify(body) })
    if (!response.ok) throw await refusal(response)
    return (response.status === 204 ? undefined : await response.json()) as T
}

export interface ListPage<T> {
    items: T[]
    next_cursor?: string | null
    total?: number
}

/** One page of a list; empty values of the query are left out. */
export function listPage<T>(path: string, query: Record<string, unknown>, signal?: AbortSignal) {
    const given = Object.entries(query).filter(
        ([, value]) => value !== undefined && value !== '' && value !== null,
    )
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]))
    return call<ListPage<T>>('GET', `${path}?${search}`, undefined, signal)
}

/** Upload with progress: XMLHttpRequest, because fetch does not tell how much has left. */
export async function upload(
    path: string,
    form: FormData,
    onProgress: (sent: number, total: number) => void,
): Promise<unknown> {
    const token = await useSession().token()
    return new Promise((resolve, reject) => {
        const xhr = new XMLHttpRequest()
        xhr.open('POST', path)
        xhr.setRequestHeader('Authorization', `Bearer ${token}`)
        xhr.setRequestHeader('Idempotency-Key', uuid())
        xhr.responseType = 'json'
        xhr.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded, event.total)
        xhr.onload = () =>
            xhr.status < 300
                ? resolve(xhr.response)
                : reject(new ProblemError({ ...xhr.response, status: xhr.status }))
        xhr.onerror = () => reject(new ProblemError({ status: 0, code: 'lost' }))
        xhr.send(form)
    })
}
