import { RemovalPolicy } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import { uploadOrigins } from '../upload-origins.ts'
import { type CorsRule, CREATED, corsRulesFor, REMOVED, UNFINISHED } from './bucket-rules.ts'
import type { AwsEnvironment } from './entry.ts'
import { permissionsOn } from './permissions.ts'
import { isScanned } from './platform-scans.ts'

/**
 * The bucket, encrypted and private, with its CORS and lifecycle rules and its notifications. `cdk destroy` keeps the
 * bucket and its policy, so uploads are never deleted.
 */
export class UploadBucket extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { environment, topicArn }: { readonly environment: AwsEnvironment; readonly topicArn: string },
  ) {
    super(scope, id)
    const { keepRemovedDays } = environment
    const bucket = new s3.CfnBucket(this, 'Bucket', {
      bucketName: environment.bucket,
      bucketEncryption: {
        serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
      },
      ownershipControls: { rules: [{ objectOwnership: 'BucketOwnerEnforced' }] },
      publicAccessBlockConfiguration: {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      lifecycleConfiguration: { rules: lifecycleRules(keepRemovedDays) },
      ...(keepRemovedDays !== undefined && { versioningConfiguration: { status: 'Enabled' } }),
      notificationConfiguration: {
        topicConfigurations: topicConfigurations(environment, topicArn),
        // GuardDuty switches this on too. Without it here, the next deploy would switch it off.
        ...(isScanned(environment) && { eventBridgeConfiguration: { eventBridgeEnabled: true } }),
      },
      corsConfiguration: { corsRules: corsRulesFor(uploadOrigins(environment)).map(corsRule) },
    })
    const statements = [overTlsOnly(bucket.attrArn), ...this.#readByDistribution(environment)]
    const policy = new s3.CfnBucketPolicy(this, 'Policy', {
      bucket: bucket.ref,
      policyDocument: new iam.PolicyDocument({ statements }),
    })
    for (const kept of [bucket, policy]) kept.applyRemovalPolicy(RemovalPolicy.RETAIN)
  }

  /**
   * Only files: records name people, and images need the gateway's check.
   * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
   */
  #readByDistribution(environment: AwsEnvironment): readonly iam.PolicyStatement[] {
    if (environment.distributionArn === undefined) return []
    const read = permissionsOn(this, environment).files('s3:GetObject')
    read.addServicePrincipal('cloudfront.amazonaws.com')
    read.addCondition('StringEquals', { 'aws:SourceArn': environment.distributionArn })
    return [read]
  }
}

function overTlsOnly(bucketArn: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['s3:*'],
    resources: [bucketArn, `${bucketArn}/*`],
    conditions: { Bool: { 'aws:SecureTransport': 'false' } },
  })
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html: values are URL-encoded.
 * These prefixes need no encoding.
 */
function topicConfigurations(environment: AwsEnvironment, topic: string): s3.CfnBucket.TopicConfigurationProperty[] {
  return notifiedPrefixes(settingsOf(environment)).map((value) => ({
    topic,
    event: CREATED,
    filter: { s3Key: { rules: [{ name: 'prefix', value }] } },
  }))
}

function corsRule({ id, origins, methods, headers, exposed, maxAgeSeconds }: CorsRule): s3.CfnBucket.CorsRuleProperty {
  return {
    id,
    allowedOrigins: [...origins],
    allowedMethods: [...methods],
    allowedHeaders: [...headers],
    exposedHeaders: [...exposed],
    maxAge: maxAgeSeconds,
  }
}

function lifecycleRules(keepRemovedDays: number = REMOVED.days): s3.CfnBucket.RuleProperty[] {
  return [
    { id: UNFINISHED.id, status: 'Enabled', abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED.days } },
    {
      id: REMOVED.id,
      status: 'Enabled',
      noncurrentVersionExpiration: { noncurrentDays: keepRemovedDays },
      expiredObjectDeleteMarker: true,
    },
  ]
}
