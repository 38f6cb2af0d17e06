import { createS3Client } from '@ckan-uplink/aws'
import { describeS3, type S3Subject } from '../../../packages/aws/test/s3-contracts.ts'
import { REGION, startMinistack } from '../../../scripts/ministack/ministack.ts'
import { createAwsCli } from './support/aws-cli.ts'
import { trust } from './support/trust.ts'

const BUCKET = 'contract'

// In its plain mode, MiniStack lets requests pass that nobody has signed.
describeS3('S3 on MiniStack', startS3, { enforces: { size: true, contentType: true, sha256: true }, bareHead: true })

async function startS3(): Promise<S3Subject> {
  const emulator = await startMinistack('strict')
  trust(emulator)
  await createAwsCli(emulator)('s3api', 'create-bucket', { Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } })
  const credentials = { accessKeyId: emulator.env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: emulator.env['AWS_SECRET_ACCESS_KEY'] ?? '' }
  const client = createS3Client({ endpoint: emulator.url, region: REGION, credentials })
  return { client, bucket: BUCKET, close: () => emulator.close() }
}
