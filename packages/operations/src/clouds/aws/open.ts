import { LambdaClient } from '@aws-sdk/client-lambda'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { createDeadLetters, createPlatformScanner, createS3Client, decode, findQueueUrl } from '@ckan-uplink/aws'
import type { CloudAccess, CloudAccessOptions } from '../cloud-access.ts'
import { openBucket } from '../s3.ts'
import { awsChecks } from './checks.ts'
import type { AwsResources } from './deployment.ts'
import { noCredentials } from './no-credentials.ts'

export { awsBeforeDeploy } from './before-deploy.ts'
export { findAwsGateway } from './find-gateway.ts'
export { openAwsLogs } from './logs.ts'
export { storeAwsSecret } from './store-secret.ts'

const TIMEOUTS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
} as const

/**
 * Uses the credentials that AWS's own tools find on this machine:
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 */
export async function openAws(resources: AwsResources, { settings, needs }: CloudAccessOptions): Promise<CloudAccess> {
  const { region, deadLetterQueue } = resources
  const s3 = createS3Client({ region })
  const credentials = await s3.config.credentials().catch((thrown: unknown) => {
    needs.missing(noCredentials(thrown))
    return undefined
  })
  const config = { ...TIMEOUTS, region, ...(credentials && { credentials }) }
  const clients = {
    s3,
    sqs: new SQSClient(config),
    sns: new SNSClient(config),
    lambda: new LambdaClient(config),
    sts: new STSClient(config),
  }
  return {
    ...openBucket({ region }, settings.bucket),
    platformScanner: createPlatformScanner({ client: s3, bucket: settings.bucket }),
    decode,
    deadLetters: {
      drain: async (take) =>
        createDeadLetters({ client: clients.sqs, queueUrl: await findQueueUrl(clients.sqs, deadLetterQueue) }).drain(
          take,
        ),
    },
    checks: awsChecks({ ...resources, settings }, clients),
  }
}
