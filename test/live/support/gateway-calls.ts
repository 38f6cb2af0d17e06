import type { Answer } from '../../support/ckan-calls.ts'
import { putByCurl } from './curl.ts'

/** A requested upload. */
export interface Ticket {
  readonly id: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly key: string
}

/** Calls to a gateway. */
export interface GatewayCalls {
  /** The text of every answer to `ask`. */
  readonly answers: readonly string[]
  /** Calls an action of the gateway, as the editor unless `token` is given. Refusals do not throw. */
  ask(action: string, params: object, token?: string): Promise<{ readonly status: number; readonly body: Answer }>
  askForUrl(resource: string, declared?: object): Promise<Ticket>
  /** Requests a URL and uploads the content by curl. It does not wait for the linker. */
  upload(resource: string, content: string, declared?: object): Promise<Ticket>
  /** Uploads in parts, the last part first, and completes the upload. */
  uploadInParts(resource: string, content: Uint8Array, declared?: object): Promise<Ticket>
}

/** `gateway` returns the address, which may change with a restart. */
export function createGatewayCalls(gateway: () => string, editor: string): GatewayCalls {
  const answers: string[] = []

  const ask: GatewayCalls['ask'] = async (action, params, token = editor) => {
    const headers = { 'Content-Type': 'application/json', ...(token !== '' && { Authorization: token }) }
    const response = await fetch(`${gateway()}/api/3/action/${action}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(params),
    })
    const text = await response.text()
    answers.push(text)
    return { status: response.status, body: JSON.parse(text) }
  }

  const askForUrl: GatewayCalls['askForUrl'] = async (id, declared = {}) => {
    const { status, body } = await ask('resource_upload', { id, ...declared })
    if (status !== 200) throw new Error(`No URL was given: ${status} ${JSON.stringify(body.error ?? body)}`)
    return body.result.upload
  }

  async function result(action: string, params: object): Promise<Answer> {
    const { status, body } = await ask(action, params)
    if (status !== 200) throw new Error(`${action} was answered with ${status}: ${JSON.stringify(body.error ?? body)}`)
    return body.result
  }

  return {
    answers,
    ask,
    askForUrl,
    async upload(resource, content, declared = { name: 'table.csv' }) {
      const ticket = await askForUrl(resource, declared)
      await putByCurl(ticket.url, content, ticket.headers)
      return ticket
    },
    async uploadInParts(resource, content, declared = {}) {
      const upload = await result('resource_upload', {
        id: resource,
        name: 'large.bin',
        ...declared,
        size: content.length,
        multipart: true,
      })
      const { id, part_size, part_count } = upload.upload
      const numbers = Array.from({ length: part_count }, (_, index) => part_count - index)
      const { parts } = await result('upload_sign_parts', { id, part_numbers: numbers })
      for (const { part_number, url, headers } of parts) {
        const body = content.slice((part_number - 1) * part_size, part_number * part_size)
        const { ok, status } = await fetch(url, { method: 'PUT', headers, body })
        if (!ok) throw new Error(`Part ${part_number} was answered with ${status}.`)
      }
      await result('upload_complete', { id })
      return upload.upload
    },
  }
}
