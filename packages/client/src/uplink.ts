import { ConfigurationError, type Load } from '@ckan-uplink/core'
import { type Act, createActions } from './actions.ts'
import { type Dataset, type DatasetQuery, datasets, findDataset } from './datasets.ts'
import { type Loader, showLoad, submitLoad } from './loads.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { chooseTransport } from './transports.ts'
import { createUpload } from './upload.ts'
import type { RemovedUpload, ShownUpload } from './upload-answers.ts'
import type { Uploaded, UploadOptions } from './upload-options.ts'
import { type Goal, type WaitOptions, waitFor } from './wait-for.ts'

export interface UplinkOptions {
  /** The gateway's address, as it answers without a redirect. A CKAN's own will do for all but uploads. */
  readonly gateway: string
  /** The caller's CKAN token; anonymous without. */
  readonly token?: string | undefined
  /**
   * The header that carries the token, `Authorization` when absent. A CKAN that is called directly reads only the one that its
   * `apitoken_header_name` names.
   */
  readonly tokenHeader?: string | undefined
  /** In browsers, bytes are sent by `XMLHttpRequest` when this is absent, which can tell how much has gone. */
  readonly fetch?: typeof fetch
  /** An attempt to send bytes of which nothing goes for so long is given up and made again; two minutes when absent. */
  readonly stallMs?: number
  /** What is waited before a second attempt, half a second when absent; twice as long before each further one. */
  readonly firstDelayMs?: number
}

/** The gateway, and through it CKAN, as one caller sees it. Errors are `UplinkError`s with a `code`; an aborted signal's reason is thrown as it is. */
export interface Uplink {
  /** Any action of CKAN or the gateway. */
  readonly action: Act
  /** Uploads a file. In Node `openAsBlob(path)` of `node:fs` gives one without reading it, and notices when it is changed. */
  upload(source: Blob, options: UploadOptions): Promise<Uploaded>
  /** What became of an upload. */
  show(uploadId: string): Promise<ShownUpload>
  waitFor(uploadId: string, goal: Goal, options?: WaitOptions): Promise<ShownUpload>
  /** Gives up an upload in parts: they are dropped. Harmless twice. */
  abort(uploadId: string): Promise<void>
  /**
   * Takes a file back that was uploaded by mistake, once CKAN shows another file or URL in its place. Harmless twice. Throws
   * `RefusedError` while CKAN points to the file, and names the resource.
   */
  remove(uploadId: string, reason: string): Promise<RemovedUpload>
  /** All datasets that the caller may see. */
  datasets(query?: DatasetQuery): AsyncIterable<Dataset>
  /** The dataset of exactly this title. */
  findDataset(title: string): Promise<Dataset | undefined>
  readonly tokens: Tokens
  /** Asks a loader to load a resource into the DataStore; `false`: not now, one is pending. */
  submitLoad(resource: string, loader?: Loader): Promise<boolean>
  showLoad(resource: string, loader?: Loader): Promise<Load | undefined>
}

const DEFAULT_STALL_MS = 120_000
const DEFAULT_FIRST_DELAY_MS = 500

/**
 * A client of the gateway, for browsers and Node.
 *
 * @example
 * const uplink = createUplink({ gateway: 'https://uploads.example.org', token })
 * const { id } = await uplink.upload(file, { resource, checksum: true })
 * await uplink.waitFor(id, 'linked')
 */
export function createUplink(options: UplinkOptions): Uplink {
  const {
    token,
    tokenHeader = 'Authorization',
    stallMs = DEFAULT_STALL_MS,
    firstDelayMs = DEFAULT_FIRST_DELAY_MS,
    fetch: send = (input, init) => fetch(input, init),
  } = options
  if (!URL.canParse(options.gateway))
    throw new ConfigurationError([
      `${JSON.stringify(options.gateway)} is no address of a gateway, such as https://uploads.example.org.`,
    ])
  const connection = { gateway: options.gateway.replace(/\/+$/u, ''), token, tokenHeader, fetch: send, firstDelayMs }
  const act = createActions(connection)
  return {
    action: act,
    upload: createUpload({ ...connection, act, stallMs, transport: chooseTransport(options.fetch) }),
    show: (id) => act<ShownUpload>('upload_show', { id }),
    waitFor: (id, goal, waitOptions) => waitFor(act, id, goal, waitOptions),
    async abort(id) {
      await act('upload_abort', { id })
    },
    remove: (id, reason) => act<RemovedUpload>('upload_remove', { id, reason }),
    datasets: (query) => datasets(act, query),
    findDataset: (title) => findDataset(act, title),
    tokens: createTokens(act),
    submitLoad: (resource, loader = 'xloader') => submitLoad(act, resource, loader),
    showLoad: (resource, loader = 'xloader') => showLoad(act, resource, loader),
  }
}
