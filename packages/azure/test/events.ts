const SUBJECT = '/blobServices/default/containers/open-data/blobs/'
const DATA = {
  clientRequestId: '0',
  requestId: '1',
  eTag: '0x8D4BCC2E4835CD0',
  contentType: 'text/csv',
  contentLength: 42,
  blobType: 'BlockBlob',
}

interface Changes {
  readonly type?: string
  readonly api?: string
  readonly time?: string
}

/**
 * One event of Blob Storage in Event Grid's own schema:
 * https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage
 */
export function eventGridEvent(
  key: string,
  { type = 'BlobCreated', api = 'PutBlob', time = '2026-11-22T10:20:30.4567891Z' }: Changes = {},
) {
  return {
    topic: '/subscriptions/0/resourceGroups/portal/providers/Microsoft.Storage/storageAccounts/portalfiles',
    subject: SUBJECT + key,
    eventType: `Microsoft.Storage.${type}`,
    eventTime: time,
    id: '831e1650-001e-001b-66ab-eeb76e069631',
    // Azure writes it so; it is not a URL that can be parsed.
    data: { ...DATA, api, url: `https://portalfiles.blob.core.windows.net/open-data/${key}` },
    dataVersion: '',
    metadataVersion: '1',
  }
}

/** The same as a CloudEvent. */
export function cloudEvent(key: string, changes: Changes = {}) {
  const { topic: source, subject, eventType: type, eventTime: time, id, data } = eventGridEvent(key, changes)
  return { source, subject, type, time, id, data, specversion: '1.0' }
}
