export type EventGridSchema = 'EventGridSchema' | 'CloudEventSchemaV1_0'

/** A request to Blob Storage that succeeded, its path taken apart. */
export interface BlobRequest {
  readonly method: string
  readonly account: string
  readonly container: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, unknown>>
  /** The answer's, as it came. */
  readonly etag: string | undefined
}

/**
 * What happened to a blob, as Blob Storage tells Event Grid:
 * https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
 */
export interface BlobEvent {
  readonly id: string
  readonly source: string
  readonly subject: string
  readonly type: 'Microsoft.Storage.BlobCreated' | 'Microsoft.Storage.BlobDeleted'
  readonly data: Readonly<Record<string, unknown>> & { readonly api: string }
}

/** An emulator has the account in the path. */
const PATH = /^\/([^/]+)\/([^/]+)\/(.+)$/su

/** `undefined` for a path that isn't a blob's. */
export function parseBlobRequest(
  request: Pick<BlobRequest, 'method' | 'headers' | 'etag'>,
  url: string,
): BlobRequest | undefined {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  const [, account = '', container = '', key] = PATH.exec(pathname) ?? []
  if (key === undefined) return undefined
  return {
    ...request,
    account,
    container: decodeURIComponent(container),
    key: decodeURIComponent(key),
    query: searchParams,
  }
}

/** `undefined` when Blob Storage would tell nothing. */
export function blobEventOf(request: BlobRequest): BlobEvent | undefined {
  const api = apiOf(request)
  if (api === undefined) return undefined
  const { account, container, key, headers, etag } = request
  const isRemoval = api === 'DeleteBlob'
  const requestId = crypto.randomUUID()
  return {
    id: `${requestId.slice(0, -6)}${crypto.randomUUID().slice(-6)}`,
    source: `/subscriptions/${'0'.repeat(32)}/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/${account}`,
    // The name as it is, not URL-encoded; so it stands in `url`, too.
    subject: `/blobServices/default/containers/${container}/blobs/${key}`,
    type: isRemoval ? 'Microsoft.Storage.BlobDeleted' : 'Microsoft.Storage.BlobCreated',
    data: {
      api,
      requestId,
      ...(!isRemoval && { eTag: etag?.replaceAll('"', ''), contentLength: Number(headers['content-length'] ?? 0) }),
      contentType: headers['x-ms-blob-content-type'] ?? headers['content-type'] ?? 'application/octet-stream',
      blobType: 'BlockBlob',
      url: `https://${account}.blob.core.windows.net/${container}/${key}`,
      sequencer: Date.now().toString(16).padStart(48, '0'),
      storageDiagnostics: { batchId: crypto.randomUUID() },
    },
  }
}

function apiOf({ method, query, headers }: BlobRequest): string | undefined {
  const operation = query.get('comp')
  if (method === 'DELETE' && operation === null) return 'DeleteBlob'
  if (method !== 'PUT') return undefined
  if (operation === 'blocklist') return 'PutBlockList'
  if (operation !== null) return undefined
  return headers['x-ms-copy-source'] === undefined ? 'PutBlob' : 'CopyBlob'
}

/** An event as it is delivered; `time` has seven digits of a second. */
export function inSchema(schema: EventGridSchema, { id, source, subject, type, data }: BlobEvent, at: Date): object {
  const time = at.toISOString().replace('Z', '0001Z')
  if (schema === 'CloudEventSchemaV1_0') return { source, subject, type, time, id, data, specversion: '1.0' }
  return { topic: source, subject, eventType: type, eventTime: time, id, data, dataVersion: '', metadataVersion: '1' }
}
