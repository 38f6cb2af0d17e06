import { ACMClient, DescribeCertificateCommand } from '@aws-sdk/client-acm'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { HeadBucketCommand } from '@aws-sdk/client-s3'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { STSClient } from '@aws-sdk/client-sts'
import { createS3Client } from '@ckan-uplink/aws'
import type { CkanClient } from '@ckan-uplink/ckan'
import { type Check, type CheckResult, hint, right, wrong } from '../../doctor/check.ts'
import { judgeNames } from '../name-check.ts'
import type { ReadStack } from '../stack-resource.ts'
import { type StoredToken, tokenCheck } from '../token-check.ts'
import { accountCheck } from './account-check.ts'
import { readAwsStack } from './stack.ts'

/** What a deployment to AWS needs. */
export interface AwsPlan {
  readonly environment: string
  readonly stack: string
  readonly accountId: string
  readonly region: string
  readonly bucket: string
  readonly isAdopted: boolean
  readonly secret: string
  /** Absent without a custom domain. */
  readonly certificateArn?: string
}

/** One is reserved for the reconciliation, and AWS keeps 100 for all others. */
const LEAST_CONCURRENCY = 101

/** Checks what AWS would refuse only in the middle of a deployment. */
export function awsBeforeDeploy(plan: AwsPlan, client: CkanClient): readonly Check[] {
  const { region, accountId, environment, secret, certificateArn } = plan
  const config = { region, maxAttempts: 3 }
  const readStack = once(() => readAwsStack(new CloudFormationClient(config), plan.stack))
  const adviceOnError = 'Check that your credentials may read it.'
  return [
    accountCheck(new STSClient(config), accountId),
    tokenCheck({ client, environment, secret, read: () => readToken(new SecretsManagerClient(config), secret) }),
    { name: 'quota', adviceOnError, run: () => judgeQuota(new LambdaClient(config)) },
    ...(certificateArn === undefined
      ? []
      : [{ name: 'certificate', adviceOnError, run: () => judgeCertificate(new ACMClient(config), certificateArn) }]),
    { name: 'stack', adviceOnError, run: async () => judgeStack(plan, await readStack()) },
    { name: 'bucket name', adviceOnError, run: () => judgeBucket(plan, readStack) },
  ]
}

async function readToken(secrets: SecretsManagerClient, name: string): Promise<StoredToken> {
  try {
    const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: name }))
    return { state: 'stored', token: SecretString.trim() }
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.name : ''
    if (error === 'ResourceNotFoundException') return { state: 'missing' }
    if (error === 'AccessDeniedException') return { state: 'unreadable' }
    throw thrown
  }
}

async function judgeQuota(lambda: LambdaClient): Promise<CheckResult> {
  const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}))
  const most = AccountLimit?.ConcurrentExecutions ?? 0
  if (most >= LEAST_CONCURRENCY) return right(`${most} concurrent executions of Lambda functions`)
  return wrong(
    `The account allows ${most} concurrent executions of Lambda functions, but ${LEAST_CONCURRENCY} are needed.`,
    'Request a higher quota in Service Quotas, and wait until AWS has granted it.',
  )
}

async function judgeCertificate(acm: ACMClient, arn: string): Promise<CheckResult> {
  const { Certificate } = await acm.send(new DescribeCertificateCommand({ CertificateArn: arn }))
  const { Status = 'unknown', DomainName } = Certificate ?? {}
  if (Status === 'ISSUED') return right(`issued for ${DomainName}`)
  return wrong(`The certificate of ${DomainName} is ${Status}.`, 'Confirm it by DNS or mail in Certificate Manager.')
}

const BUCKET = 'AWS::S3::Bucket'

/** All other names of the deployment begin with the stack's name. */
function judgeStack({ stack, bucket, isAdopted }: AwsPlan, resources: Awaited<ReturnType<ReadStack>>): CheckResult {
  if (resources === undefined) return hint(`not checked, because your rights do not show the stack ${stack}`)
  if (resources.length === 0) return right(`${stack} is free`)
  const present = resources.find(({ type }) => type === BUCKET)?.id
  if (present === (isAdopted ? undefined : bucket)) return right(`${stack} exists, and a deployment updates it`)
  return hint(
    `${stack} exists with ${present ? `the bucket ${present}` : 'no bucket'}: if it is not yours, give the environment another name`,
  )
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
async function judgeBucket({ region, bucket, isAdopted }: AwsPlan, readStack: ReadStack): Promise<CheckResult> {
  const status = await createS3Client({ region })
    .send(new HeadBucketCommand({ Bucket: bucket }))
    .then(
      () => 200,
      (thrown: { readonly $metadata?: { readonly httpStatusCode?: number } }) => thrown.$metadata?.httpStatusCode,
    )
  const another = 'Choose another name for bucket'
  if (status === 301)
    return wrong(`The bucket ${bucket} exists in another region than ${region}.`, `${another}, or its region.`)
  if (status === 403)
    return wrong(
      `The bucket ${bucket} belongs to another account, or your rights do not show it.`,
      `${another}, or allow s3:ListBucket on it.`,
    )
  if (status !== 200 && status !== 404) return wrong(`S3 answers ${status} for the bucket ${bucket}.`, 'Try again.')
  const exists = status === 200
  const resources = exists ? await readStack() : []
  const isOwn = resources?.some(({ type, id }) => type === BUCKET && id === bucket)
  return judgeNames(
    [{ name: bucket, exists, isOwn, isAdopted }],
    `${another}, or set adopt: { bucket: true } to use it.`,
  )
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= ask()
    return answer
  }
}
