import {
  createCopier,
  createDeadLetters,
  createImporter,
  createMultipartSigner,
  createSigner,
  createStore,
} from '@ckan-uplink/azure'
import {
  describeDeadLetters,
  describeMultipartSigner,
  describeObjectCopier,
  describeObjectImporter,
  describeObjectStore,
  describeUploadSigner,
} from '@ckan-uplink/testing/contracts'
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
