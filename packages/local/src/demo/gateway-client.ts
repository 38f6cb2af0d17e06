import { setTimeout as sleep } from 'node:timers/promises'
import type { PutRequest } from './put-file.ts'

/** A resource as CKAN shows it; what is compared and shown of it. */
export type ShownResource = Readonly<Record<'id' | 'url' | 'format' | 'mimetype' | 'last_modified', string | null>> & { readonly size: number | null }

const POLL_MS = 100
const MAX_POLLS = 300

export interface GatewayClient {
  /** A new resource of this name, and where its file goes. */
  createResource(dataset: string, name: string): Promise<{ readonly resource: ShownResource; readonly upload: PutRequest & { readonly id: string } }>
  /** Resolves once the upload is linked; throws when it failed, or isn't linked within half a minute. */
  waitUntilLinked(uploadId: string): Promise<void>
  showResource(id: string): Promise<ShownResource>
}

/** The gateway as a caller with this token sees it. */
export function createGatewayClient(gateway: string, token: string): GatewayClient {
  const headers = { Authorization: token, 'Content-Type': 'application/json' }
  const act = async (action: string, params: object) => {
    const response = await fetch(`${gateway}/api/3/action/${action}`, { method: 'POST', headers, body: JSON.stringify(params) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${action} was answered with ${response.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text).result
  }
  return {
    async createResource(dataset, name) {
      const { upload, presigned_url: _, ...resource } = await act('resource_create', { package_id: dataset, name })
      return { resource, upload }
    },
    async waitUntilLinked(uploadId) {
      for (let poll = 0; poll < MAX_POLLS; poll += 1) {
        const { state, reason } = await (await fetch(`${gateway}/uploads/${uploadId}`, { headers })).json()
        if (state === 'linked') return
        if (state !== 'issued') throw new Error(`The upload is ${state}: ${reason}`)
        await sleep(POLL_MS)
      }
      throw new Error(`The upload ${uploadId} is not linked after ${(MAX_POLLS * POLL_MS) / 1000} s: see what the instance prints.`)
    },
    showResource: (id) => act('resource_show', { id }),
  }
}
