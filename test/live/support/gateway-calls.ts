import type { Answer } from '../../support/ckan-calls.ts'
import { putByCurl } from './curl.ts'

/** An upload that was asked for. */
export interface Ticket {
  readonly id: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly key: string
}

/** What callers ask of a gateway. */
export interface GatewayCalls {
  /** Every answer to `ask`, as it came. */
  readonly answers: readonly string[]
  /** Calls an action of the gateway, by the editor unless told otherwise; the answer, whatever it is. */
  ask(action: string, params: object, token?: string): Promise<{ readonly status: number; readonly body: Answer }>
  askForUrl(resource: string, declared?: object): Promise<Ticket>
  /** Asks for a URL, puts the content there by curl, and waits for nothing. */
  upload(resource: string, content: string, declared?: object): Promise<Ticket>
}

/** `gateway` tells the address, which may change with a restart. */
export function createGatewayCalls(gateway: () => string, editor: string): GatewayCalls {
  const answers: string[] = []

  const ask: GatewayCalls['ask'] = async (action, params, token = editor) => {
    const headers = { 'Content-Type': 'application/json', ...(token !== '' && { Authorization: token }) }
    const response = await fetch(`${gateway()}/api/3/action/${action}`, { method: 'POST', headers, body: JSON.stringify(params) })
    const text = await response.text()
    answers.push(text)
    return { status: response.status, body: JSON.parse(text) }
  }

  const askForUrl: GatewayCalls['askForUrl'] = async (id, declared = {}) => {
    const { status, body } = await ask('resource_upload', { id, ...declared })
    if (status !== 200) throw new Error(`No URL was given: ${status} ${JSON.stringify(body.error ?? body)}`)
    return body.result.upload
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
  }
}
