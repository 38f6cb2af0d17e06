import type { S3Client } from '@aws-sdk/client-s3'
import type { Clock } from '@ckan-uplink/core'
import { HOUR_MS, MIB } from '@ckan-uplink/core/support'
import {
  describeMultipartSigner,
  describeObjectCopier,
  describeObjectImporter,
  describeObjectStore,
  describeUploadSigner,
  type ImporterSubject,
  type SignerSubject,
  type StoreCases,
} from '@ckan-uplink/testing/contracts'
import { createCopier, createImporter, createMultipartSigner, createSigner, createStore } from '../src/index.ts'

/** A bucket of any S3 server. */
export interface S3Subject {
  readonly client: S3Client
  readonly bucket: string
  /** Another bucket of the same server. */
  readonly otherBucket: string
  close(): Promise<void>
}

/** Tests this package's store and signers against their contracts, on the server that `start` starts. */
export function describeS3(
  name: string,
  start: () => Promise<S3Subject>,
  {
    compares,
    hasTags,
    thousands = true,
    ...traits
  }: Pick<SignerSubject, 'enforces' | 'bareHead'> &
    Pick<ImporterSubject, 'compares'> &
    StoreCases & { readonly hasTags: boolean },
): void {
  describeObjectStore(
    name,
    async () => {
      const { close, ...options } = await start()
      return { store: createStore(options), close }
    },
    { thousands },
  )

  describeUploadSigner(name, async () => {
    const { close, ...options } = await start()
    const signerAgo = (hours: number) => createSigner({ ...options, clock: clockAgo(hours) })
    return { store: createStore(options), signer: signerAgo(0), signerAgo, ...traits, createsOnlyByUrl: false, close }
  })

  describeObjectCopier(name, async () => {
    const { close, ...options } = await start()
    return {
      store: createStore(options),
      copier: createCopier({ ...options, hasTags }),
      copierInParts: createCopier({ ...options, maxRequestBytes: 5 * MIB }),
      close,
    }
  })

  describeObjectImporter(name, async () => {
    const { close, otherBucket, ...options } = await start()
    const other = { ...options, bucket: otherBucket }
    return {
      importer: createImporter(options, { comparesCopies: compares }),
      store: createStore(options),
      source: { bucket: otherBucket, store: createStore(other), importer: createImporter(other) },
      compares,
      close,
    }
  })

  describeMultipartSigner(
    name,
    async () => {
      const { close, ...options } = await start()
      return {
        store: createStore(options),
        signer: createMultipartSigner({ ...options, clock: clockAgo(0) }),
        enforcesSize: traits.enforces.size,
        close,
      }
    },
    { thousands },
  )
}

function clockAgo(hours: number): Clock {
  return { now: () => new Date(Date.now() - hours * HOUR_MS), sleep: async () => {} }
}
