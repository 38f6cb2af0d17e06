import type { Clock } from '@ckan-uplink/core'
import { HOUR_MS, MIB } from '@ckan-uplink/core/support'
import {
  describeMultipartSigner,
  describeObjectCopier,
  describeObjectStore,
  describeUploadSigner,
} from '@ckan-uplink/testing/contracts'
import { createCopier, createMultipartSigner, createSigner } from '../src/index.ts'
import { BUCKET, CREDENTIALS, startR2 } from './r2-on-workerd.ts'

function clockAgo(hours: number): Clock {
  return { now: () => new Date(Date.now() - hours * HOUR_MS), sleep: async () => {} }
}

describeObjectStore('R2 on workerd', startR2)

describeUploadSigner("R2's S3 endpoint on workerd", async () => {
  const { store, endpoint, close } = await startR2()
  const signerAgo = (hours: number) =>
    createSigner({ endpoint, bucket: BUCKET, ...CREDENTIALS, clock: clockAgo(hours) })
  return {
    store,
    signer: signerAgo(0),
    signerAgo,
    // Miniflare ignores x-amz-checksum-sha256.
    enforces: { size: true, contentType: true, sha256: false },
    createsOnlyByUrl: false,
    close,
  }
})

describeObjectCopier("R2's S3 endpoint on workerd", async () => {
  const { store, endpoint, close } = await startR2()
  const options = { endpoint, bucket: BUCKET, ...CREDENTIALS, clock: clockAgo(0) }
  const copierInParts = createCopier(options, { maxRequestBytes: 5 * MIB, minPartBytes: 5 * MIB })
  return { store, copier: createCopier(options), copierInParts, close }
})

describeMultipartSigner("R2's S3 endpoint on workerd", async () => {
  const { store, endpoint, close } = await startR2()
  return {
    store,
    signer: createMultipartSigner({ endpoint, bucket: BUCKET, ...CREDENTIALS, clock: clockAgo(0) }),
    enforcesSize: true,
    close,
  }
})
