import {
  createDeadLetters,
  createPlatformScanner,
  createS3Client,
  createSigner,
  createSqsClient,
  createStore,
  findQueueUrl,
} from '@ckan-uplink/aws'
import { systemClock } from '@ckan-uplink/core'
import { describeDeadLetters, describeFormSigner, describePlatformScanner } from '@ckan-uplink/testing/contracts'
import { expect, it, onTestFinished } from 'vitest'
import { describeS3, type S3Subject } from '../../../packages/aws/test/s3-contracts.ts'
import { type Ministack, REGION, startMinistack } from '../../../scripts/aws/ministack/ministack.ts'
import { type AwsCalls, createAwsCalls } from './support/aws-calls.ts'
import { trust } from './support/trust.ts'

const BUCKET = 'contract'
const OTHER_BUCKET = 'contract-other'
const QUEUE = 'contract-dead-letters'

// In its plain mode, MiniStack accepts unsigned requests.
describeS3('S3 on MiniStack', startS3, {
  enforces: { size: true, contentType: true, sha256: true },
  bareHead: true,
  compares: true,
  hasTags: true,
})

describeFormSigner('S3 on MiniStack', async () => {
  const { close, ...options } = await startS3()
  const { signForm } = createSigner({ ...options, clock: systemClock })
  if (signForm === undefined) throw new Error('The signer has no forms.')
  return { signer: { signForm }, store: createStore(options), close }
})

describePlatformScanner(
  'S3 on MiniStack',
  { clean: 'NO_THREATS_FOUND', infected: 'THREATS_FOUND', unscannable: ['UNSUPPORTED', 'ACCESS_DENIED', 'FAILED'] },
  async () => {
    const { aws, client, bucket: Bucket, close } = await startS3()
    await aws('s3', 'put_bucket_versioning', { Bucket, VersioningConfiguration: { Status: 'Enabled' } })
    return {
      scanner: createPlatformScanner({ client, bucket: Bucket }),
      store: createStore({ client, bucket: Bucket }),
      async tag(Key, Value) {
        const Tagging = { TagSet: [{ Key: 'GuardDutyMalwareScanStatus', Value }] }
        await aws('s3', 'put_object_tagging', { Bucket, Key, Tagging })
      },
      close,
    }
  },
)

it('A bucket without versions has no verdicts, because a tag could belong to an earlier content', async () => {
  const { client, bucket, close } = await startS3()
  onTestFinished(close)
  const key = 'data.csv'
  const etag = (await createStore({ client, bucket }).put(key, new Uint8Array(1))) ?? ''
  await expect(createPlatformScanner({ client, bucket }).verdictOn({ key, etag })).rejects.toThrow(
    /switch on the versioning of the bucket/u,
  )
})

describeDeadLetters('SQS on MiniStack', async () => {
  const { aws, client, close } = await startSqs()
  const { QueueUrl } = await aws('sqs', 'create_queue', { QueueName: QUEUE })
  const queueUrl = await findQueueUrl(client, QUEUE)
  return {
    deadLetters: createDeadLetters({ client, queueUrl }),
    async send(events) {
      const entries = events.map((event, index) => ({ Id: String(index), MessageBody: JSON.stringify(event) }))
      for (let from = 0; from < entries.length; from += 10)
        await aws('sqs', 'send_message_batch', { QueueUrl, Entries: entries.slice(from, from + 10) })
    },
    close,
  }
})

it('A missing queue is reported as missing', async () => {
  const { client, close } = await startSqs()
  await expect(findQueueUrl(client, QUEUE)).rejects.toThrow(
    'There is no queue contract-dead-letters in this account and region',
  )
  await close()
})

async function startS3(): Promise<S3Subject & { readonly aws: AwsCalls }> {
  const { emulator, aws, options } = await start()
  for (const Bucket of [BUCKET, OTHER_BUCKET])
    await aws('s3', 'create_bucket', { Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } })
  return {
    aws,
    client: createS3Client(options),
    bucket: BUCKET,
    otherBucket: OTHER_BUCKET,
    close: () => emulator.close(),
  }
}

async function startSqs() {
  const { emulator, aws, options } = await start()
  return { aws, client: createSqsClient(options), close: () => emulator.close() }
}

async function start(): Promise<{ readonly emulator: Ministack; readonly aws: AwsCalls; readonly options: object }> {
  const emulator = await startMinistack('strict')
  trust(emulator)
  const credentials = {
    accessKeyId: emulator.env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: emulator.env['AWS_SECRET_ACCESS_KEY'] ?? '',
  }
  return { emulator, aws: createAwsCalls(emulator), options: { endpoint: emulator.url, region: REGION, credentials } }
}
