import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSigner } from '@ckan-uplink/cloudflare'
import { recordKey, systemClock, type UploadRecord } from '@ckan-uplink/core'
import { choosePorts, type LocalHandle, type LocalOptions, type Ports, startLocal } from '@ckan-uplink/local'
import { expect } from 'vitest'
import { type Answer, type CkanCalls, createCkanCalls } from '../../support/ckan-calls.ts'
import { putByCurl } from './curl.ts'
import type { Site } from './sites.ts'
import { startTap, type Tap } from './tap.ts'

/** An upload that was asked for. */
export interface Ticket {
  readonly id: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly key: string
}

/** The whole way from a caller to a real CKAN: the local edition, its storage, and the CKAN behind a tap. */
export interface Road extends Pick<CkanCalls, 'act' | 'newDataset' | 'resource' | 'dataset' | 'purge'> {
  readonly site: Site
  readonly tap: Tap
  readonly gateway: string
  /** Every line of the Worker's log. */
  readonly logs: readonly string[]
  /** Every answer of the gateway to `ask`, as it came. */
  readonly answers: readonly string[]
  /** What became of each notification of this upload so far. */
  outcomes(ticket: Ticket): readonly Answer[]
  /** Calls an action of the gateway, by the editor unless told otherwise; the answer, whatever it is. */
  ask(action: string, params: object, token?: string): Promise<{ readonly status: number; readonly body: Answer }>
  askForUrl(resource: string, declared?: object): Promise<Ticket>
  /** Asks for a URL, puts the content there by curl, and waits for nothing. */
  upload(resource: string, content: string, declared?: object): Promise<Ticket>
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
  const answers: string[] = []
  const start = (token: string) => startEdition({ ...options, folder, ports, ckan: { url: tap.url, token } }, logs)
  let local = await start(options.token ?? own)
  const record = createRecordReader(folder, local.storage)

  const ask: Road['ask'] = async (action, params, token = site.tokens.editor) => {
    const headers = { 'Content-Type': 'application/json', ...(token !== '' && { Authorization: token }) }
    const response = await fetch(`${local.gateway}/api/3/action/${action}`, { method: 'POST', headers, body: JSON.stringify(params) })
    const text = await response.text()
    answers.push(text)
    return { status: response.status, body: JSON.parse(text) }
  }

  const askForUrl: Road['askForUrl'] = async (id, declared = {}) => {
    const { status, body } = await ask('resource_upload', { id, ...declared })
    if (status !== 200) throw new Error(`No URL was given: ${status} ${JSON.stringify(body.error ?? body)}`)
    return body.result.upload
  }

  return {
    ...ckan,
    site,
    tap,
    gateway: local.gateway,
    logs,
    answers,
    outcomes: ({ key }) => logs.map(parse).filter((line) => line?.event === 'outcome' && line.key === key),
    ask,
    askForUrl,
    async upload(resource, content, declared = { name: 'table.csv' }) {
      const ticket = await askForUrl(resource, declared)
      await putByCurl(ticket.url, content, ticket.headers)
      return ticket
    },
    record,
    async settled(ticket, timeoutMs = 60_000) {
      await expect.poll(async () => (await record(ticket)).state, { timeout: timeoutMs, interval: 200 }).not.toBe('issued')
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

type EditionOptions = RoadOptions & { readonly folder: string; readonly ports: Ports; readonly ckan: { readonly url: string; readonly token: string } }

function startEdition({ token: _, ...options }: EditionOptions, logs: string[]): Promise<LocalHandle> {
  return startLocal({ ...options, onLog: (line) => logs.push(line) })
}

/** Straight from the bucket, whatever has become of the resource in CKAN. */
function createRecordReader(folder: string, storage: string): Road['record'] {
  const signer = readFile(join(folder, 'credentials.json'), 'utf8').then((text) =>
    createSigner({ endpoint: `${storage}/cdn-cgi/local/r2/s3`, bucket: 'ckan-uplink', clock: systemClock, ...JSON.parse(text) }),
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
