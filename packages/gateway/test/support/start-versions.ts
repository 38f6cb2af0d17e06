import type { Settings } from '@ckan-uplink/core/settings'
import { type UploadRecord, versionOf } from '@ckan-uplink/core/uploads'
import { EDITOR, GATEWAY, PUBLIC_ID, resource, startGateway } from './gateway-fixture.ts'
import { GRANT_SECRET } from './sign-grant.ts'

/** A gateway whose resource had so many files; CKAN shows the last of them. */
export async function startWithFiles(count: number, settings: Partial<Settings> = {}) {
  const gateway = startGateway({ settings, deps: { grantSecrets: async () => [GRANT_SECRET] } })
  const ids: string[] = []
  const stored = (id: string) => gateway.store.json(`uplink/uploads/${id}.json`) as unknown as UploadRecord
  const change = (id: string, changes: object) =>
    gateway.store.put(
      `uplink/uploads/${id}.json`,
      new TextEncoder().encode(JSON.stringify({ ...stored(id), ...changes })),
    )
  const link = async (id: string) => {
    const { key, declared } = stored(id)
    const object = await gateway.store.head(key)
    const version = await versionOf(object?.etag ?? '')
    const at = '2026-01-31T11:00:30.000Z'
    const linked = { version, size: object?.size, at, mimetype: 'text/csv', checksum: `sha256:${'a'.repeat(64)}` }
    await change(id, { state: 'linked', linked })
    const url = `${GATEWAY}/resource/${PUBLIC_ID}/download/${id}/${version}/${declared.name}`
    gateway.resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url }))
    return url
  }
  const upload = async (name: string, content = name) => {
    const { body } = await gateway.act('resource_upload', { id: PUBLIC_ID, name, format: 'TSV' }, EDITOR)
    const { id, key } = body.result.upload as { id: string; key: string }
    await gateway.store.put(key, new TextEncoder().encode(content), { contentType: 'text/csv' })
    ids.unshift(id)
    return id
  }
  for (let index = 1; index <= count; index += 1) await link(await upload(`file-${index}.csv`))
  const list = (fields: object = {}, token = EDITOR) =>
    gateway.act('resource_versions', { id: PUBLIC_ID, ...fields }, token)
  const restore = (id: string | undefined, fields: object = {}, token = EDITOR) =>
    gateway.act('resource_restore', { id: PUBLIC_ID, upload: id, ...fields }, token)
  return { ...gateway, ids, stored, change, link, upload, list, restore }
}
