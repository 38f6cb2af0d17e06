import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigner } from '@ckan-uplink/cloudflare'
import { systemClock } from '@ckan-uplink/core'
import { recordKey, type UploadRecord } from '@ckan-uplink/core/uploads'
import { choosePorts, type LocalHandle, type LocalOptions, type Ports, startLocal } from '@ckan-uplink/local'
import { expect } from 'vitest'
import { type Answer, type CkanCalls, createCkanCalls } from '../../support/ckan-calls.ts'
import { createGatewayCalls, type GatewayCalls, type Ticket } from './gateway-calls.ts'
import type { Site } from './sites.ts'
import { startTap, type Tap } from './tap.ts'

/** The whole way from a caller to a real CKAN: the local edition, its storage, and a tap before the CKAN. */
export interface Road extends Pick<CkanCalls, 'act' | 'newDataset' | 'resource' | 'dataset' | 'purge'>, GatewayCalls {
  readonly site: Site
  readonly tap: Tap
  readonly gateway: string
  /** The folder of the edition, which `LOCAL_DIR` names for commands. */
  readonly folder: string
  /** The lines of the Worker's log. */
  readonly logs: readonly string[]
  /** The outcomes of this upload's notifications so far. */
  outcomes(ticket: Ticket): readonly Answer[]
  /** The upload's record in the bucket. */
  record(ticket: Ticket): Promise<UploadRecord>
  /** Waits until the upload has ended, and returns its record. */
  settled(ticket: Ticket): Promise<UploadRecord>
  /** The S3 API of the bucket, with the keys of the gateway. */
  readonly s3: { readonly endpoint: string; readonly bucket: string; readonly key: string; readonly secret: string }
  /** Restarts the instance with the same bucket and address, and with this service token if given. */
  restart(token?: string): Promise<void>
  /** Restarts the instance, and before its return runs `work`. Meanwhile its address accepts calls and answers none. */
  whileSilent<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface RoadOptions extends Pick<LocalOptions, 'settings' | 'delaysMs' | 'webhookSecrets'> {
  /** The service token; by default a new token of a sysadmin. */
  readonly token?: string
}

/** The organization's editor requests uploads. The linker has a sysadmin's token, which `close` revokes. */
export async function openRoad(site: Site, options: RoadOptions = {}): Promise<Road> {
  const ckan = createCkanCalls(site)
  const { token: own } = await newToken(ckan)
  const tap = await startTap(site.url)
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-live-'))
  const ports = await choosePorts('0')
  const logs: string[] = []
  const start = (token: string) => startEdition({ ...options, folder, ports, ckan: { url: tap.url, token } }, logs)
  let local = await start(options.token ?? own)
  const record = createRecordReader(folder, local.storage)
  const { accessKeyId, secretAccessKey } = await readCredentials(folder)
  const endpoint = `${local.storage}/cdn-cgi/local/r2/s3`

  return {
    ...ckan,
    ...createGatewayCalls(() => local.gateway, site.tokens.editor),
    site,
    tap,
    gateway: local.gateway,
    folder,
    logs,
    outcomes: ({ key }) => logs.map(parse).filter((line) => line?.event === 'outcome' && line.key === key),
    record,
    s3: { endpoint, bucket: BUCKET, key: accessKeyId, secret: secretAccessKey },
    async settled(ticket) {
      await expect.poll(async () => (await record(ticket)).state).not.toBe('issued')
      return record(ticket)
    },
    async restart(token = own) {
      await local.close()
      local = await start(token)
    },
    async whileSilent(work) {
      await local.close()
      const silent = createServer(() => {}).listen(Number(new URL(local.gateway).port), '127.0.0.1')
      await once(silent, 'listening')
      try {
        return await work()
      } finally {
        silent.closeAllConnections()
        await new Promise((resolve) => silent.close(resolve))
        local = await start(own)
      }
    },
    async close() {
      await local.close()
      await tap.close()
      await ckan.purge()
      await ckan.act('api_token_revoke', { token: own }, 'admin')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Creates a token of the sysadmin. */
export async function newToken({ act }: Pick<CkanCalls, 'act'>): Promise<{ readonly token: string }> {
  const { name } = await act('user_show', {}, 'admin')
  return act('api_token_create', { user: name, name: `live-${crypto.randomUUID()}` }, 'admin')
}

type EditionOptions = RoadOptions & {
  readonly folder: string
  readonly ports: Ports
  readonly ckan: { readonly url: string; readonly token: string }
}

function startEdition({ token: _, ...options }: EditionOptions, logs: string[]): Promise<LocalHandle> {
  // In a test, a single user sends the requests of many.
  const settings = { REQUESTS_PER_MINUTE: '1000000', ...options.settings }
  return startLocal({ ...options, settings, onLog: (line) => logs.push(line) })
}

const BUCKET = 'ckan-uplink'

async function readCredentials(
  folder: string,
): Promise<{ readonly accessKeyId: string; readonly secretAccessKey: string }> {
  return JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8'))
}

/** Reads records from the bucket, so that the resource in CKAN does not matter. */
function createRecordReader(folder: string, storage: string): Road['record'] {
  const endpoint = `${storage}/cdn-cgi/local/r2/s3`
  const signer = readCredentials(folder).then((credentials) =>
    createSigner({ endpoint, bucket: BUCKET, clock: systemClock, ...credentials }),
  )
  return async ({ id }) => {
    const { url } = await (await signer).signDownload({ method: 'GET', key: recordKey(id), expiresInSeconds: 60 })
    return JSON.parse(await (await fetch(url)).text())
  }
}

function parse(line: string): Answer {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
