import type { Authorizer, ObjectStore } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { createMemoryCopier, createMemoryParts, createMemoryStore } from '@ckan-uplink/testing'
import type { World } from '@ckan-uplink/testing/simulation'
import { createGateway } from '../../src/index.ts'

export interface AnsweredFile {
  readonly name: string
  readonly resource?: { readonly id: string; readonly is_new: boolean }
  readonly upload?: { readonly id: string }
  readonly error?: Readonly<Record<string, readonly string[]>>
}

export interface Answer {
  readonly index: number
  readonly attempt: string
  /** The second of its arrival. */
  readonly at: number
  readonly status: number
  /** Empty unless the status is 200. */
  readonly files: readonly AnsweredFile[]
  /** The error of the whole request. */
  readonly error?: unknown
}

interface Ports {
  readonly authorizer: Authorizer
  readonly store: ObjectStore
  readonly world: World
  readonly settings: Settings
  readonly copier?: ObjectCopier
}

/** Files that fit into one PUT need no parts and no copies. */
const unused = createMemoryStore()

/** Sends one request to a gateway that has just started. */
export async function sendToGateway(
  { authorizer, store, world, settings, copier = createMemoryCopier(unused) }: Ports,
  action: 'dataset_upload' | 'resource_restore',
  token: string,
  body: object,
): Promise<Pick<Answer, 'status' | 'files' | 'error'>> {
  const now = (): Date => new Date(Date.UTC(2030, 0, 1) + world.now() * 1000)
  const gateway = createGateway({
    settings,
    authorizer,
    store,
    signer: {
      signUpload: async ({ key, expiresInSeconds }) => ({
        method: 'PUT',
        url: `https://bucket.example/${key}`,
        headers: {},
        expiresAt: new Date(now().getTime() + expiresInSeconds * 1000),
      }),
      signDownload: () => Promise.reject(new Error('These actions read nothing.')),
    },
    multipart: createMemoryParts(unused),
    copier,
    clock: { now, sleep: () => Promise.resolve() },
    logger: { log: () => {} },
    checks: {},
  })
  const response = await gateway.fetch(
    new Request(`${settings.gatewayUrl}/api/3/action/${action}`, {
      method: 'POST',
      headers: { Authorization: token, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  )
  const { result, error } = await response.json()
  return { status: response.status, files: result?.files ?? [], ...(error !== undefined && { error }) }
}
