import createClient from 'openapi-fetch'
import type { paths, components } from '../core/schema'
import { ProblemError, problemOf } from '../core/turn'
import { useSession } from './session'

export type Bot = components['schemas']['Bot']
export type Doc = components['schemas']['Document']
export type Hit = components['schemas']['Hit']

export const client = createClient<paths>({ baseUrl: '/' })
client.use({
    async onRequest({ request }) {
        request.headers.set('Authorization', `Bearer ${await useSession().token()}`)
        return request
    },
    async onResponse({ response }) {
        if (!response.ok) throw await problemOf(response)
    },
})

/** For streams and uploads, which the generated client does not do. */
export async function authorized(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(path, {
        ...init,
        headers: { ...init.headers, Authorization: `Bearer ${await useSession().token()}` },
    })
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
        xhr.responseType = 'json'
        xhr.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded, event.total)
        xhr.onload = () =>
            xhr.status < 300
                ? resolve(xhr.response)
                : reject(new ProblemError({ ...xhr.response, status: xhr.status }))
        xhr.onerror = () =>
            reject(new ProblemError({ status: 0, detail: 'The connection was lost while uploading.' }))
        xhr.send(form)
    })
}
