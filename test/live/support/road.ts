import { mkdtemp, readFile, rm } from 'node:fs/promises'
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

/** The whole way from a caller to a real CKAN: the local edition, its storage, and the CKAN behind a tap. */
export interface Road extends Pick<CkanCalls, 'act' | 'newDataset' | 'resource' | 'dataset' | 'purge'>, GatewayCalls {
  readonly site: Site
  readonly tap: Tap
  readonly gateway: string
  /** Every line of the Worker's log. */
  readonly logs: readonly string[]
  /** What became of each notification of this upload so far. */
  outcomes(ticket: Ticket): readonly Answer[]
  /** The upload's record as it is kept in the bucket. */
  record(ticket: Ticket): Promise<UploadRecord>
  /** The record, once the upload isn't on its way any more. */
  settled(ticket: Ticket, timeoutMs?: number): Promise<UploadRecord>
  /** Starts the instance anew, its bucket and address kept; with another service token when one is given. */
  restart(token?: string): Promise<void>
  close(): Promise<void>
}

export interface RoadOptions extends Pick<LocalOptions, 'settings' | 'delaysMs'> {
  /** The service's token; one of a sysadmin, made for the occasion, when absent. */
  readonly token?: string
}

/** Uploads are asked for by the organization's editor, CKAN is written by a sysadmin's token that lasts as long as the road. */
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

  return {
    ...ckan,
    ...createGatewayCalls(() => local.gateway, site.tokens.editor),
    site,
    tap,
    gateway: local.gateway,
    logs,
    outcomes: ({ key }) => logs.map(parse).filter((line) => line?.event === 'outcome' && line.key === key),
    record,
    async settled(ticket, timeoutMs = 60_000) {
      await expect
        .poll(async () => (await record(ticket)).state, { timeout: timeoutMs, interval: 200 })
        .not.toBe('issued')
      return record(ticket)
    },
    async restart(token = own) {
      await local.close()
      local = await start(token)
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

/** A new token of the sysadmin's. */
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
  // A test asks as a single user for what many would.
  const settings = { REQUESTS_PER_MINUTE: '1000000', ...options.settings }
  return startLocal({ ...options, settings, onLog: (line) => logs.push(line) })
}

/** Straight from the bucket, whatever has become of the resource in CKAN. */
function createRecordReader(folder: string, storage: string): Road['record'] {
  const signer = readFile(join(folder, 'credentials.json'), 'utf8').then((text) =>
    createSigner({
      endpoint: `${storage}/cdn-cgi/local/r2/s3`,
      bucket: 'ckan-uplink',
      clock: systemClock,
      ...JSON.parse(text),
    }),
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
