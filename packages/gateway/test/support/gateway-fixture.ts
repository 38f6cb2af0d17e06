import { type Authorizer, type ImageOwner, NotAllowedError, NotFoundError, type Resource } from '@ckan-uplink/core'
import { readSettings, type Settings, SettingsReader } from '@ckan-uplink/core/settings'
import { IMAGE_OWNER_TYPES, type SignedRequest, type UploadSigner } from '@ckan-uplink/core/uploads'
import { createMemoryCopier, createMemoryParts, createMemoryStore } from '@ckan-uplink/testing'
import { createGateway, createStaticFiles, type GatewayDeps } from '../../src/index.ts'
import { gatewayFiles } from '../../src/openapi/index.ts'

export const GATEWAY = 'https://uploads.example.org'
export const PUBLIC_ID = '6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11'
export const PRIVATE_ID = '7a0d2b6c-9b1f-4e53-8c2d-5e1a7b9c0d22'
export const DATASTORE_ID = '8b1e3c7d-0c2a-4f64-9d3e-6f2b8c0d1e33'
export const DELETED_ID = '9c2f4d8e-1d3b-4a75-ae4f-7a3c9d1e2f44'
export const UNKNOWN_ID = 'ad3a5e9f-2e4c-4b86-bf5a-8b4d0e2f3a55'

export const DATASET_ID = '0b7c8f54-0f4e-4a43-8a39-3a8f1f3f2d10'
export const OWNER_ID = 'be4b6fa0-3f5d-4c97-8c6b-9c5e1f3a4b66'
/** Owns every dataset. */
export const OWNER_ORG = 'cf5c7fb1-4a6e-4da8-9d7c-ad6f2a4b5c77'
export const OWNER_NAME = 'city'

export const EDITOR = 'editor-token'
export const READER = 'reader-token'
export const ADMIN = 'admin-token'
const USERS: Readonly<Record<string, string>> = { [ADMIN]: 'ada', [EDITOR]: 'emma', [READER]: 'ruth' }

export function resource(id: string, changes: Partial<Resource> = {}): Resource {
  const empty = {
    state: 'active',
    url: '',
    urlType: null,
    name: null,
    format: '',
    mimetype: null,
    size: null,
    hash: '',
    lastModified: null,
  }
  return { id, datasetId: DATASET_ID, ...empty, ...changes }
}

/** A gateway over a bucket in memory and a CKAN of four resources; every call of a port is noted in `calls`. */
export function startGateway(options: { settings?: Partial<Settings>; deps?: Partial<GatewayDeps> } = {}) {
  const calls: string[] = []
  const logged: { level: string; event: string; fields: Readonly<Record<string, unknown>> }[] = []
  const resources = new Map([PUBLIC_ID, PRIVATE_ID].map((id) => [id, resource(id)]))
  resources.set(DATASTORE_ID, resource(DATASTORE_ID, { urlType: 'datastore' }))
  resources.set(DELETED_ID, resource(DELETED_ID, { state: 'deleted' }))
  const owners: ImageOwner[] = IMAGE_OWNER_TYPES.map((type) => ({ type, id: OWNER_ID, state: 'active', imageUrl: '' }))
  const time = { now: new Date('2026-01-31T11:00:00.000Z') }
  const store = createMemoryStore()
  const parts = createMemoryParts(store)
  const env = { CKAN_URL: 'http://127.0.0.1:1', GATEWAY_URL: GATEWAY, BUCKET_NAME: 'data', CKAN_TIMEOUT_MS: '2000' }
  const settings = { ...readSettings(new SettingsReader(env)), ...options.settings }

  const authorizer: Authorizer = {
    async whoami(token) {
      calls.push('whoami')
      const name = USERS[token]
      return name === undefined ? undefined : { id: name, name, sysadmin: token === ADMIN }
    },
    async showResource(id, token) {
      calls.push('showResource')
      const found = resources.get(id)
      if (found === undefined) throw new NotFoundError('Resource was not found.')
      if (id === PRIVATE_ID && token !== EDITOR) throw new NotAllowedError('User not authorized to read the resource.')
      return found
    },
    async showDataset(idOrName) {
      calls.push('showDataset')
      if (idOrName !== DATASET_ID) throw new NotFoundError('Dataset was not found.')
      const shown = [...resources.values()].filter(({ state }) => state === 'active')
      return {
        id: DATASET_ID,
        state: 'active',
        private: false,
        ownerOrg: OWNER_ORG,
        resources: shown,
        readAt: time.now,
      }
    },
    async addResources(token, _, added) {
      calls.push('addResources')
      if (token !== EDITOR) throw new NotAllowedError('User not authorized to edit the dataset.')
      for (const { id, name } of added) resources.set(String(id), resource(String(id), { name: String(name) }))
      return { kind: 'added' }
    },
    async findOwner(_, dataset) {
      calls.push('findOwner')
      return 'id' in dataset ? OWNER_ORG : undefined
    },
    async mayUpdate(token) {
      calls.push('mayUpdate')
      return token === EDITOR
    },
    async showImageOwner(type, idOrName) {
      calls.push('showImageOwner')
      const found = owners.find((owner) => owner.type === type && (owner.id === idOrName || OWNER_NAME === idOrName))
      if (found === undefined) throw new NotFoundError(`${type} was not found.`)
      return found
    },
    async mayUpdateImage(token) {
      calls.push('mayUpdateImage')
      return token === EDITOR
    },
    async mayCreateDatasets(token) {
      calls.push('mayCreateDatasets')
      return token === EDITOR
    },
    async findOrganization(token, idOrName) {
      calls.push('findOrganization')
      return token === EDITOR && [OWNER_ORG, 'city'].includes(idOrName) ? OWNER_ORG : undefined
    },
    async findResources(_token, text) {
      calls.push('findResources')
      return [...resources.values()].filter(({ url }) => url.includes(text))
    },
    async showLoad() {
      calls.push('showLoad')
      return undefined
    },
  }

  const signer: UploadSigner = {
    signUpload: async (upload) => {
      calls.push('signUpload')
      const headers = {
        ...(upload.contentType !== undefined && { 'content-type': upload.contentType }),
        ...(upload.sha256 !== undefined && { 'x-amz-checksum-sha256': upload.sha256 }),
        ...(upload.createOnly === true && { 'if-none-match': '*' }),
      }
      return signed(
        'PUT',
        upload.key,
        upload.expiresInSeconds,
        headers,
        upload.size === undefined ? '' : `&length=${upload.size}`,
      )
    },
    signDownload: async (download) => {
      calls.push('signDownload')
      const facts = {
        type: download.contentType ?? '',
        disposition: download.contentDisposition ?? '',
        cache: download.cacheControl ?? '',
      }
      return signed(download.method, download.key, download.expiresInSeconds, {}, `&${new URLSearchParams(facts)}`)
    },
  }
  const signed = (
    method: SignedRequest['method'],
    key: string,
    seconds: number,
    headers: Record<string, string>,
    more: string,
  ): SignedRequest => ({
    method,
    url: `https://bucket.example.org/${key.split('/').map(encodeURIComponent).join('/')}?method=${method}&expires=${seconds}${more}&signature=secret`,
    headers,
    expiresAt: new Date(time.now.getTime() + seconds * 1000),
  })

  const gateway = createGateway({
    settings,
    authorizer: askedEachTime(authorizer),
    store,
    signer,
    multipart: parts,
    copier: createMemoryCopier(store),
    clock: { now: () => time.now, sleep: () => new Promise(() => {}) },
    logger: { log: (level, event, fields) => logged.push({ level, event, fields }) },
    checks: {},
    staticFiles: createStaticFiles(gatewayFiles()),
    ...options.deps,
  })

  const send = (path: string, init: RequestInit & { token?: string } = {}) => {
    const { token, ...rest } = init
    const headers = new Headers(rest.headers)
    if (token !== undefined) headers.set('Authorization', token)
    return gateway.fetch(new Request(GATEWAY + path, { redirect: 'manual', ...rest, headers }))
  }
  /** POSTs JSON to an action; the answer with its parsed body. */
  const act = async (action: string, fields: unknown, token?: string) => {
    const headers = { 'Content-Type': 'application/json' }
    const response = await send(`/api/3/action/${action}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(fields),
      ...(token !== undefined && { token }),
    })
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
  }
  return { gateway, send, act, calls, logged, resources, owners, store, parts, settings, time, authorizer }
}

/** Looks each answer up when it is asked for, so that a test can replace it while the gateway runs. */
function askedEachTime(authorizer: Authorizer): Authorizer {
  return {
    whoami: (...asked) => authorizer.whoami(...asked),
    showResource: (...asked) => authorizer.showResource(...asked),
    showDataset: (...asked) => authorizer.showDataset(...asked),
    addResources: (...asked) => authorizer.addResources(...asked),
    findOwner: (...asked) => authorizer.findOwner(...asked),
    mayUpdate: (...asked) => authorizer.mayUpdate(...asked),
    mayCreateDatasets: (...asked) => authorizer.mayCreateDatasets(...asked),
    findOrganization: (...asked) => authorizer.findOrganization(...asked),
    findResources: (...asked) => authorizer.findResources(...asked),
    showLoad: (...asked) => authorizer.showLoad(...asked),
    showImageOwner: (...asked) => authorizer.showImageOwner(...asked),
    mayUpdateImage: (...asked) => authorizer.mayUpdateImage(...asked),
  }
}
