import * as v from 'valibot'
import { expect } from 'vitest'
import { uploadRecord } from '../../src/uploads/answers.ts'
import { DATASET_ID, EDITOR, startGateway } from './gateway-fixture.ts'
import { createPluginStandIn } from './plugin-stand-in.ts'
import { GRANT_SECRET } from './sign-grant.ts'

export const LIMITS = { expires_in: 3600, max_files: 3, max_bytes: 1000 }
export const FILE = { name: 'air.csv', size: 300 }

/** A gateway with upload links, which emma may make. */
export function startLinks(settings = {}, secrets: readonly string[] = [GRANT_SECRET]) {
  const plugin = createPluginStandIn(GRANT_SECRET)
  const deps = { grantSecrets: async () => secrets, fetch: plugin.send }
  const gateway = startGateway({ settings: { uploadLinks: true, ...settings }, deps })
  plugin.show(gateway.resources)
  const { act, parts, store } = gateway

  /** A link by emma, and its secret as the page sends it. */
  async function create(fields: object = {}) {
    const { status, body } = await act('upload_link_create', { dataset: DATASET_ID, ...LIMITS, ...fields }, EDITOR)
    expect([status, body.error]).toEqual([200, undefined])
    const { link, url } = body.result
    const token = `uplink-link-${new URL(url).hash.slice(1)}`
    /** Calls an action as somebody who has the link. */
    const use = (action: string, more: object = {}) => act(action, { id: link.id, ...more }, token)
    return { link, url, token, use }
  }
  const recordOf = (id: string) => v.parse(uploadRecord, store.json(`uplink/uploads/${id}.json`))

  /** Sends a file by a link to its end. */
  async function deliver({ use }: Awaited<ReturnType<typeof create>>, file = FILE) {
    const begun = await use('upload_link_use', file)
    const { id, key } = begun.body.result.upload
    parts.arrive({ key, id: recordOf(id).multipart?.id ?? '' }, 1, file.size)
    const completed = await use('upload_complete', { id })
    return { id, resource: begun.body.result.resource, completed }
  }

  /** What the linker does when a held file arrives. */
  async function arrive(id: string) {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...recordOf(id), state: 'proposed', reason: 'It waits.' }))
    await store.put(`uplink/uploads/${id}.json`, bytes)
  }
  return { ...gateway, plugin, create, deliver, arrive, recordOf }
}
