import {
  createCopier,
  createDeadLetters,
  createImporter,
  createMultipartSigner,
  createPlatformScanner,
  createSigner,
  createStore,
} from '@ckan-uplink/azure'
import {
  describeDeadLetters,
  describeMultipartSigner,
  describeObjectCopier,
  describeObjectImporter,
  describeObjectStore,
  describePlatformScanner,
  describeUploadSigner,
} from '@ckan-uplink/testing/contracts'
import { expect, it, onTestFinished } from 'vitest'
import { clockAgo, type KeyKind, startContainer } from './support/storage.ts'

/** The number of events of a batch that share a blob. */
const BATCH = 10

describeObjectStore('Blob Storage on Azurite', async () => {
  const { container, close } = await startContainer()
  return { store: createStore(container), close }
})

describeDeadLetters('Blob Storage on Azurite', async () => {
  const { container, close } = await startContainer()
  const store = createStore(container)
  return {
    deadLetters: createDeadLetters(container),
    async send(events) {
      for (let from = 0; from < events.length; from += BATCH) {
        const batch = events
          .slice(from, from + BATCH)
          .map((event) => ({ ...event, deadLetterReason: 'MaxDeliveryAttemptsExceeded' }))
        await store.put(
          `UPLINK/2026/11/3/9/${crypto.randomUUID()}.json`,
          new TextEncoder().encode(JSON.stringify(batch)),
        )
      }
    },
    close,
  }
})

describeObjectCopier('Blob Storage on Azurite', async () => {
  const { container, close } = await startContainer()
  return { store: createStore(container), copier: createCopier({ container }), close }
})

describeObjectImporter('Blob Storage on Azurite', async () => {
  const { service, container, close } = await startContainer()
  const other = service.getContainerClient('former')
  await other.create()
  const importerOf = (container: string) => createImporter({ service, container })
  return {
    importer: importerOf(container.containerName),
    store: createStore(container),
    source: { bucket: 'former', store: createStore(other), importer: importerOf('former') },
    compares: false,
    close,
  }
})

describePlatformScanner(
  'Blob Storage on Azurite',
  { clean: 'No threats found', infected: 'Malicious', unscannable: ['Error', 'Not Scanned'] },
  async () => {
    const { container, close } = await startContainer()
    return {
      scanner: createPlatformScanner(container),
      store: createStore(container),
      tag: async (key, result) =>
        void (await container.getBlobClient(key).setTags({ 'Malware Scanning scan result': result })),
      close,
    }
  },
)

it('A signed URL gives no right to the tag of a scan', async () => {
  const { container, keysAgo, close } = await startContainer()
  onTestFinished(close)
  const signer = createSigner({ container, keys: keysAgo('account key', 0), clock: clockAgo(0) })
  for (const createOnly of [true, false]) {
    const { url, headers } = await signer.signUpload({ key: 'data.csv', expiresInSeconds: 60, createOnly })
    // Tags need `t`, in a header too. Azurite checks that only for the separate request.
    expect(new URL(url).searchParams.get('sp')).not.toContain('t')
    expect((await fetch(url, { method: 'PUT', headers, body: 'a,b' })).status).toBe(201)
    const body = '<Tags><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tags>'
    expect((await fetch(`${url}&comp=tags`, { method: 'PUT', body })).status).toBe(403)
  }
})

for (const kind of ['account key', 'identity'] as const satisfies readonly KeyKind[]) {
  describeUploadSigner(`Blob Storage on Azurite, with ${kind}`, async () => {
    const { container, keysAgo, close } = await startContainer()
    const signerAgo = (hours: number) => createSigner({ container, keys: keysAgo(kind, hours), clock: clockAgo(hours) })
    return {
      store: createStore(container),
      signer: signerAgo(0),
      signerAgo,
      enforces: { size: false, contentType: false, sha256: false },
      createsOnlyByUrl: true,
      close,
    }
  })

  describeMultipartSigner(`Blob Storage on Azurite, with ${kind}`, async () => {
    const { container, keysAgo, close } = await startContainer()
    const signer = createMultipartSigner({ container, keys: keysAgo(kind, 0), clock: clockAgo(0) })
    return { store: createStore(container), signer, enforcesSize: false, close }
  })
}
