import { FILESTORE_PREFIX, OPEN_PREFIX, QUOTAS_PREFIX, UPLINK_PREFIX } from '@ckan-uplink/core/uploads'
import { Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import type { AwsEnvironment } from './entry.ts'

/** Rights of a function by place. Prefixes name a part of the bucket. */
export interface Permissions {
  /** All uploads: files of resources and images. */
  uploads(...actions: readonly string[]): iam.PolicyStatement
  /** Only files of resources. */
  files(...actions: readonly string[]): iam.PolicyStatement
  /** Files and metadata of the FileStore API. */
  filestore(...actions: readonly string[]): iam.PolicyStatement
  /** The service's own documents below `uplink/`. */
  records(...actions: readonly string[]): iam.PolicyStatement
  /** The objects that mark open uploads, and what they reserve of a quota. */
  openUploads(...actions: readonly string[]): iam.PolicyStatement
  /** The objects that mark files which wait for a virus scanner. */
  waitingScans(...actions: readonly string[]): iam.PolicyStatement
  /**
   * Lists keys. Without this right, S3 answers 403 instead of 404 for a missing object. A condition on the prefix would
   * take the right away, because such a request has no prefix.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
   */
  listing(): iam.PolicyStatement
  /** Lists versions of objects, to remove all of them. */
  listingVersions(): iam.PolicyStatement
  /** A secret by its name. */
  secret(name: string): iam.PolicyStatement
}

export function permissionsOn(scope: Construct, environment: AwsEnvironment): Permissions {
  const stack = Stack.of(scope)
  const bucketArn = bucketArnOf(scope, environment)
  const settings = settingsOf(environment)
  const within = (prefixes: readonly string[], actions: readonly string[]) =>
    new iam.PolicyStatement({ actions: [...actions], resources: prefixes.map((prefix) => `${bucketArn}/${prefix}*`) })
  return {
    uploads: (...actions) => within(notifiedPrefixes(settings), actions),
    files: (...actions) => within([settings.keyPrefix], actions),
    filestore: (...actions) => within([FILESTORE_PREFIX], actions),
    records: (...actions) => within([UPLINK_PREFIX], actions),
    openUploads: (...actions) => within([OPEN_PREFIX, `${QUOTAS_PREFIX}*/open/`], actions),
    waitingScans: (...actions) => within([`${UPLINK_PREFIX}scans/waiting/`], actions),
    listing: () => new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucketArn] }),
    listingVersions: () => new iam.PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [bucketArn] }),
    secret: (name) =>
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        // AWS chooses the last six characters of a secret's ARN:
        // https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
        resources: [stack.formatArn({ service: 'secretsmanager', resource: `secret:${name}-??????` })],
      }),
  }
}

export function bucketArnOf(scope: Construct, { bucket }: AwsEnvironment): string {
  return Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucket })
}
