import { createMultipartSigner, createS3Client, createSigner, createStore } from '@ckan-uplink/aws'
import type { Clock } from '@ckan-uplink/core'
import { describeMultipartSigner, describeObjectStore, describeUploadSigner } from '@ckan-uplink/testing/contracts'
import { type Mode, REGION, startMinistack } from '../../../scripts/ministack/ministack.ts'
import { createAwsCli } from './support/aws-cli.ts'
import { trust } from './support/trust.ts'

const HOUR_MS = 3_600_000
const BUCKET = 'contract'

for (const mode of ['plain', 'strict'] as const) {
  describeObjectStore(`S3 on MiniStack (${mode})`, async () => {
    const { options, close } = await startS3(mode)
    return { store: createStore(options), close }
  })

  describeUploadSigner(`S3 on MiniStack (${mode})`, async () => {
    const { options, close } = await startS3(mode)
    const signerAgo = (hours: number) => createSigner({ ...options, clock: clockAgo(hours) })
    return { store: createStore(options), signer: signerAgo(0), signerAgo, enforces: { size: true, contentType: true, sha256: true }, close }
  })

  describeMultipartSigner(`S3 on MiniStack (${mode})`, async () => {
    const { options, close } = await startS3(mode)
    return { store: createStore(options), signer: createMultipartSigner({ ...options, clock: clockAgo(0) }), enforcesSize: true, close }
  })
}

async function startS3(mode: Mode) {
  const emulator = await startMinistack(mode)
  trust(emulator)
  await createAwsCli(emulator)('s3api', 'create-bucket', { Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } })
  const credentials = { accessKeyId: emulator.env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: emulator.env['AWS_SECRET_ACCESS_KEY'] ?? '' }
  const client = createS3Client({ endpoint: emulator.url, region: REGION, credentials })
  return { options: { client, bucket: BUCKET }, close: () => emulator.close() }
}

function clockAgo(hours: number): Clock {
  return { now: () => new Date(Date.now() - hours * HOUR_MS), sleep: async () => {} }
}
