import {
  createDeadLetters,
  createS3Client,
  createSigner,
  createSqsClient,
  createStore,
  findQueueUrl,
} from '@ckan-uplink/aws'
import { systemClock } from '@ckan-uplink/core'
import { describeDeadLetters, describeFormSigner } from '@ckan-uplink/testing/contracts'
import { expect, it } from 'vitest'
import { describeS3, type S3Subject } from '../../../packages/aws/test/s3-contracts.ts'
import { type Ministack, REGION, startMinistack } from '../../../scripts/aws/ministack/ministack.ts'
import { type AwsCli, createAwsCli } from './support/aws-cli.ts'
import { trust } from './support/trust.ts'

const BUCKET = 'contract'
const OTHER_BUCKET = 'contract-other'
const QUEUE = 'contract-dead-letters'

// In its plain mode, MiniStack accepts unsigned requests.
describeS3('S3 on MiniStack', startS3, {
  enforces: { size: true, contentType: true, sha256: true },
  bareHead: true,
  compares: true,
})

describeFormSigner('S3 on MiniStack', async () => {
  const { close, ...options } = await startS3()
  const { signForm } = createSigner({ ...options, clock: systemClock })
  if (signForm === undefined) throw new Error('The signer has no forms.')
  return { signer: { signForm }, store: createStore(options), close }
})

describeDeadLetters('SQS on MiniStack', async () => {
  const { aws, client, close } = await startSqs()
  const { QueueUrl } = await aws('sqs', 'create-queue', { QueueName: QUEUE })
  const queueUrl = await findQueueUrl(client, QUEUE)
  return {
    deadLetters: createDeadLetters({ client, queueUrl }),
    async send(events) {
      const entries = events.map((event, index) => ({ Id: String(index), MessageBody: JSON.stringify(event) }))
      for (let from = 0; from < entries.length; from += 10)
        await aws('sqs', 'send-message-batch', { QueueUrl, Entries: entries.slice(from, from + 10) })
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

async function startS3(): Promise<S3Subject> {
  const { emulator, aws, options } = await start()
  for (const Bucket of [BUCKET, OTHER_BUCKET])
    await aws('s3api', 'create-bucket', { Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } })
  return {
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

async function start(): Promise<{ readonly emulator: Ministack; readonly aws: AwsCli; readonly options: object }> {
  const emulator = await startMinistack('strict')
  trust(emulator)
  const credentials = {
    accessKeyId: emulator.env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: emulator.env['AWS_SECRET_ACCESS_KEY'] ?? '',
  }
  return { emulator, aws: createAwsCli(emulator), options: { endpoint: emulator.url, region: REGION, credentials } }
}
