import { OPEN_PREFIX, UPLINK_PREFIX } from '@ckan-uplink/core/uploads'
import { Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import type { Construct } from 'constructs'
import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import type { AwsEnvironment } from './entry.ts'

/** What a function may do, by where; a part of the bucket is named by its prefixes. */
export interface Permissions {
  /** All that people upload: files of resources, and images. */
  uploads(...actions: readonly string[]): iam.PolicyStatement
  /** Files of resources alone. */
  files(...actions: readonly string[]): iam.PolicyStatement
  /** What the service keeps for itself. */
  records(...actions: readonly string[]): iam.PolicyStatement
  /** The marks of open uploads. */
  openUploads(...actions: readonly string[]): iam.PolicyStatement
  /**
   * The names of objects, by which S3 tells that one isn't there: without this right the answer is 403. A condition on the
   * prefix would take it away again, since such a request has none.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
   */
  listing(): iam.PolicyStatement
  /** The names of objects' versions, for removing all of them. */
  listingVersions(): iam.PolicyStatement
  /** The service's CKAN token. */
  secret(): iam.PolicyStatement
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
    records: (...actions) => within([UPLINK_PREFIX], actions),
    openUploads: (...actions) => within([OPEN_PREFIX], actions),
    listing: () => new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucketArn] }),
    listingVersions: () => new iam.PolicyStatement({ actions: ['s3:ListBucketVersions'], resources: [bucketArn] }),
    secret: () =>
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        // A secret's ARN ends in six characters that nobody knows beforehand: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
        resources: [
          stack.formatArn({ service: 'secretsmanager', resource: `secret:${environment.ckanToken.secret}-??????` }),
        ],
      }),
  }
}

export function bucketArnOf(scope: Construct, { bucket }: AwsEnvironment): string {
  return Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: bucket })
}
