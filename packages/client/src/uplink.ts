import { ConfigurationError, type Load } from '@ckan-uplink/core'
import { type Act, createActions } from './actions.ts'
import { type Dataset, type DatasetQuery, datasets, findDataset, similarDatasets } from './datasets.ts'
import { type Loader, type LoadOptions, showLoad, submitLoad } from './loads.ts'
import { createShowStatuses, type ShowStatuses } from './statuses.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { chooseTransport } from './transports.ts'
import { createUpload } from './upload.ts'
import type { RemovedUpload, ShownUpload } from './upload-answers.ts'
import type { Uploaded, UploadOptions } from './upload-options.ts'
import { type Goal, type WaitOptions, waitFor } from './wait-for.ts'

export interface UplinkOptions {
  /**
   * The gateway's address, which must answer without a redirect. CKAN's own address works for everything except
   * uploads.
   */
  readonly gateway: string
  /**
   * The caller's CKAN token, or a function that gives it before each request, for tokens that expire. Without it the
   * caller is anonymous.
   */
  readonly token?: string | (() => string | Promise<string>) | undefined
  /**
   * The header that carries the token. Default: `Authorization`. If you call CKAN directly, use the header in CKAN's
   * `apitoken_header_name`.
   */
  readonly tokenHeader?: string | undefined
  /** Replaces the platform's `fetch`. Without it, browsers send files with `XMLHttpRequest`, which reports progress. */
  readonly fetch?: typeof fetch
  /** An attempt that sends nothing for this long is aborted and retried. Default: two minutes. */
  readonly stallMs?: number
  /** Delay before the second attempt. It doubles before each further attempt. Default: half a second. */
  readonly firstDelayMs?: number
}

/**
 * The gateway, and CKAN behind it, for one caller. Errors are `UplinkError`s with a `code`. If a signal is aborted, its
 * reason is thrown unchanged.
 */
export interface Uplink {
  /** Calls any action of CKAN or the gateway. */
  readonly action: Act
  /**
   * Uploads a file. In Node, `openAsBlob(path)` from `node:fs` opens a file without reading it, and detects changes.
   */
  upload(source: Blob, options: UploadOptions): Promise<Uploaded>
  /** The record of an upload. */
  show(uploadId: string): Promise<ShownUpload>
  /**
   * The states of any number of uploads, by their ids and status keys. The gateway asks CKAN nothing. An upload is
   * missing if the gateway does not know it, if the key is wrong, or if the gateway is too old. Without an answer it
   * counts as `issued`, so ask again later.
   */
  readonly statuses: ShowStatuses
  waitFor(uploadId: string, goal: Goal, options?: WaitOptions): Promise<ShownUpload>
  /** Aborts a multipart upload and drops its parts. Idempotent. */
  abort(uploadId: string): Promise<void>
  /**
   * Withdraws a file that was uploaded by mistake, after CKAN shows another file or URL in its place. Idempotent.
   * Throws a `RefusedError` that names the resource while CKAN still points to the file.
   */
  remove(uploadId: string, reason: string): Promise<RemovedUpload>
  /** All datasets that the caller may see. */
  datasets(query?: DatasetQuery): AsyncIterable<Dataset>
  /** The dataset with this title, in any case. Throws `RefusedError` if several datasets have it. */
  findDataset(title: string): Promise<Dataset | undefined>
  /** Up to five datasets with some of the words of a title, the nearest first. */
  similarDatasets(title: string): Promise<readonly Dataset[]>
  readonly tokens: Tokens
  /** Asks a loader to load a resource into the DataStore. `false`: a load is already pending. */
  submitLoad(resource: string, loader?: Loader, options?: LoadOptions): Promise<boolean>
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
      `${JSON.stringify(options.gateway)} is not the address of a gateway, such as https://uploads.example.org.`,
    ])
  const connection = { gateway: options.gateway.replace(/\/+$/u, ''), token, tokenHeader, fetch: send, firstDelayMs }
  const act = createActions(connection)
  return {
    action: act,
    upload: createUpload({ ...connection, act, stallMs, transport: chooseTransport(options.fetch) }),
    show: (id) => act<ShownUpload>('upload_show', { id }),
    statuses: createShowStatuses(connection),
    waitFor: (id, goal, waitOptions) => waitFor(act, id, goal, waitOptions),
    async abort(id) {
      await act('upload_abort', { id })
    },
    remove: (id, reason) => act<RemovedUpload>('upload_remove', { id, reason }),
    datasets: (query) => datasets(act, query),
    findDataset: (title) => findDataset(act, title),
    similarDatasets: (title) => similarDatasets(act, title),
    tokens: createTokens(act),
    submitLoad: (resource, loader = 'xloader', loadOptions) => submitLoad(act, resource, loader, loadOptions),
    showLoad: (resource, loader = 'xloader') => showLoad(act, resource, loader),
  }
}
