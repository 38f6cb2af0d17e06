import { createAuthorizer, createCkanClient } from '@ckan-uplink/ckan'
import { createMultipartSigner, createSigner } from '@ckan-uplink/cloudflare'
import { systemClock as clock } from '@ckan-uplink/core'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { createGateway } from '@ckan-uplink/gateway'
import { createMemoryCopier, createMemoryStore } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CkanAccess, type CkanCalls, createCkanCalls, type OwnDataset, only } from './ckan-calls.ts'

const GATEWAY = 'http://127.0.0.1:9'
const OF_AN_UPLOAD = ['upload_show', 'upload_sign_parts', 'upload_list_parts', 'upload_complete', 'upload_abort']
const OF_BATCHES = ['dataset_upload of a new file', 'dataset_upload of a present one']
const OF_EDITORS = ['resource_upload', ...OF_BATCHES, 'GET /uploads', ...OF_AN_UPLOAD, 'upload_remove']
const OF_ALL_USERS = ['user_upload']
const OF_SYSADMINS = ['organization_upload', 'upload_list', "another's user_upload"]
/** The actions that each role may call, on public and on private datasets alike. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  anonymous: [],
  unknown: [],
  outsider: OF_ALL_USERS,
  member: OF_ALL_USERS,
  editor: [...OF_EDITORS, ...OF_ALL_USERS],
  admin: [...OF_EDITORS, ...OF_ALL_USERS, ...OF_SYSADMINS],
}

/** Every role calls every action of the gateway, on a public and on a private dataset. */
export function describeRoles(name: string, open: () => Promise<CkanAccess & { close(): Promise<void> }>): void {
  describe(`the gateway's actions on ${name}`, () => {
    let site: Awaited<ReturnType<typeof open>>
    let ckan: CkanCalls
    let gateway: ReturnType<typeof createGateway>
    const log: string[] = []
    beforeAll(async () => {
      site = await open()
      ckan = createCkanCalls(site)
      gateway = startGateway(site, log)
    })
    afterAll(async () => {
      await ckan?.purge()
      await site?.close()
    })

    it.each([
      ['public', false],
      ['private', true],
    ])('are only for users who may update a %s dataset in CKAN', { timeout: 120_000 }, async (_, isPrivate) => {
      const dataset = await ckan.newDataset(1, { private: isPrivate })
      const allowed: Record<string, readonly string[]> = {}
      for (const role of Object.keys(ALLOWED)) {
        const requests = Object.entries(await requestsOf(role, dataset))
        const verdicts = await Promise.all(
          requests.map(async ([what, init]) => ((await isLet(role, init)) ? what : [])),
        )
        allowed[role] = verdicts.flat().sort()
      }
      expect(allowed).toEqual(
        Object.fromEntries(Object.entries(ALLOWED).map(([role, list]) => [role, list.toSorted()])),
      )
      for (const token of Object.values(site.tokens)) expect(log.join('\n')).not.toContain(token)
      expect(log.join('\n')).not.toMatch(/X-Amz-Signature/iu)
    })

    type Sent = readonly [path: string, fields?: object]

    /** Each request has its own upload by the editor, because some actions end an upload. */
    async function requestsOf(role: string, dataset: OwnDataset): Promise<Readonly<Record<string, Sent>>> {
      const resource = only(dataset)
      const act = (action: string, fields: object): Sent => [`/api/3/action/${action}`, fields]
      const newUpload = async () => (await uploadOf(resource)).id
      const [own, other] = [await nameOf(role in site.tokens ? role : 'editor'), await nameOf('admin')]
      const image = { name: 'a.png', size: 10 }
      const ofUploads = OF_AN_UPLOAD.map(
        async (name) => [name, act(name, { id: await newUpload(), part_numbers: [1] })] as const,
      )
      return {
        resource_upload: act('resource_upload', { id: resource, name: 'a.csv' }),
        ...Object.fromEntries(
          [{ name: 'a.csv' }, { name: 'a.csv', resource }].map((file, index) => [
            OF_BATCHES[index] ?? '',
            act('dataset_upload', { id: dataset.id, request: crypto.randomUUID(), files: [file] }),
          ]),
        ),
        'GET /uploads': [`/uploads/${await newUpload()}`],
        ...Object.fromEntries(await Promise.all(ofUploads)),
        upload_remove: act('upload_remove', { id: await newUpload(), reason: 'a mistake' }),
        upload_list: act('upload_list', {}),
        organization_upload: act('organization_upload', { id: site.organization, ...image }),
        user_upload: act('user_upload', { id: own, ...image }),
        "another's user_upload": act('user_upload', {
          id: role === 'admin' ? await nameOf('editor') : other,
          ...image,
        }),
      }
    }

    /** `false` for 403 and 404. Such an answer must hold no signed URL. */
    async function isLet(role: string, [path, fields]: Sent): Promise<boolean> {
      const { status, text } = await send(tokenOf(role), path, fields)
      const isRefused = status === 403 || status === 404
      expect(status, text).toBeLessThan(500)
      if (isRefused) expect(text).not.toMatch(/X-Amz-Signature/iu)
      return !isRefused
    }

    function tokenOf(role: string): string | undefined {
      return role === 'unknown' ? 'unknown-token' : site.tokens[role as keyof CkanAccess['tokens']]
    }

    async function nameOf(role: string): Promise<string> {
      return (await ckan.act('user_show', {}, role as keyof CkanAccess['tokens'])).name
    }

    async function uploadOf(id: string): Promise<{ readonly id: string }> {
      const { status, text } = await send(site.tokens.editor, '/api/3/action/resource_upload', { id, name: 'a.csv' })
      expect(status, text).toBe(200)
      return JSON.parse(text).result.upload
    }

    async function send(token: string | undefined, path: string, fields?: object) {
      const headers = { 'Content-Type': 'application/json', ...(token !== undefined && { Authorization: token }) }
      const init = fields === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(fields) }
      const response = await gateway.fetch(new Request(GATEWAY + path, init))
      return { status: response.status, text: await response.text() }
    }
  })
}

function startGateway({ url }: CkanAccess, log: string[]): ReturnType<typeof createGateway> {
  const names = { CKAN_URL: url, GATEWAY_URL: GATEWAY, BUCKET_NAME: 'files', REQUESTS_PER_MINUTE: '1000000' }
  const signing = { endpoint: GATEWAY, bucket: 'files', accessKeyId: 'key-id', secretAccessKey: 'key-secret', clock }
  const store = createMemoryStore()
  return createGateway({
    settings: readSettings(new SettingsReader(names)),
    authorizer: createAuthorizer(createCkanClient({ url, concurrency: 4, timeoutMs: 20_000 })),
    store,
    signer: createSigner(signing),
    multipart: createMultipartSigner(signing),
    copier: createMemoryCopier(store),
    clock,
    logger: { log: (level, event, fields) => log.push(JSON.stringify({ level, event, ...fields })) },
    checks: {},
  })
}
