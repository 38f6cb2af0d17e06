import { ACMClient, DescribeCertificateCommand } from '@aws-sdk/client-acm'
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { HeadBucketCommand } from '@aws-sdk/client-s3'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { STSClient } from '@aws-sdk/client-sts'
import { createS3Client } from '@ckan-uplink/aws'
import type { CkanClient } from '@ckan-uplink/ckan'
import { type Check, type CheckResult, hint, right, wrong } from '../../doctor/check.ts'
import { type StoredToken, tokenCheck } from '../token-check.ts'
import { accountCheck } from './account-check.ts'

/** What a deployment to AWS needs. */
export interface AwsPlan {
  readonly environment: string
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
  const adviceOnError = 'Check that your credentials may read it.'
  return [
    accountCheck(new STSClient(config), accountId),
    tokenCheck({ client, environment, secret, read: () => readToken(new SecretsManagerClient(config), secret) }),
    { name: 'quota', adviceOnError, run: () => judgeQuota(new LambdaClient(config)) },
    ...(certificateArn === undefined
      ? []
      : [{ name: 'certificate', adviceOnError, run: () => judgeCertificate(new ACMClient(config), certificateArn) }]),
    { name: 'bucket name', adviceOnError, run: () => judgeBucket(plan) },
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

async function judgeBucket({ region, bucket, isAdopted }: AwsPlan): Promise<CheckResult> {
  const status = await createS3Client({ region })
    .send(new HeadBucketCommand({ Bucket: bucket }))
    .then(
      () => 200,
      (thrown: { readonly $metadata?: { readonly httpStatusCode?: number } }) => thrown.$metadata?.httpStatusCode,
    )
  if (status === 200)
    return isAdopted
      ? right(`${bucket} exists, and the deployment uses it as it is`)
      : hint(`${bucket} exists in your account: if this environment did not create it, set adopt: { bucket: true }`)
  if (status === 404 && isAdopted)
    return wrong(`There is no bucket ${bucket}, but the entry says adopt.`, 'Correct bucket, or leave adopt out.')
  if (status === 404) return right(`${bucket} is free`)
  return wrong(`The bucket ${bucket} belongs to another account.`, 'Choose another name for bucket.')
}
