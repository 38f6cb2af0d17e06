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

/**
 * The event of a scan:
 * https://learn.microsoft.com/azure/defender-for-cloud/defender-for-storage-configure-malware-scan#option-3-event-grid-custom-topic
 */
export function scanEvent(key: string, result = 'No threats found') {
  return {
    id: '52d00da0-8f1a-4c3c-aa2c-000000000000',
    subject: `storageAccounts/portalfiles/containers/open-data/blobs/${key}`,
    data: {
      correlationId: '52d00da0-8f1a-4c3c-aa2c-000000000000',
      blobUri: `https://portalfiles.blob.core.windows.net/open-data/${key}`,
      eTag: '0x8D4BCC2E4835CD0',
      scanFinishedTimeUtc: '2026-11-22T10:20:29.0481279Z',
      scanResultType: result,
      scanResultDetails: null,
    },
    eventType: 'Microsoft.Security.MalwareScanningResult',
    dataVersion: '1.0',
    metadataVersion: '1',
    eventTime: '2026-11-22T10:20:30.4567891Z',
    topic: '/subscriptions/0/resourceGroups/portal/providers/Microsoft.EventGrid/topics/scans',
  }
}
