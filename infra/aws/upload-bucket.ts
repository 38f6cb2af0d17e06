import { UPLINK_PREFIX } from '@ckan-uplink/core'
import { RemovalPolicy } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as s3 from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { AwsEnvironment } from '../environment.ts'
import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import { bucketArnOf, permissionsOn } from './permissions.ts'

const UNFINISHED_DAYS = 7
const RECORD_DAYS = 365

/** What a browser may send with an upload, and see of the answer. */
const UPLOAD_HEADERS = ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256']

/**
 * The bucket, encrypted and private, with its CORS and lifecycle rules and its notifications. It is never deleted with the
 * rest: what people have uploaded stays.
 */
export class UploadBucket extends Construct {
  constructor(scope: Construct, id: string, { environment, topicArn }: { readonly environment: AwsEnvironment; readonly topicArn: string }) {
    super(scope, id)
    const { allowedOrigins = [] } = environment
    const bucket = new s3.CfnBucket(this, 'Bucket', {
      bucketName: environment.bucket,
      bucketEncryption: { serverSideEncryptionConfiguration: [{ serverSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }] },
      ownershipControls: { rules: [{ objectOwnership: 'BucketOwnerEnforced' }] },
      publicAccessBlockConfiguration: { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      lifecycleConfiguration: { rules: lifecycleRules() },
      notificationConfiguration: { topicConfigurations: topicConfigurations(environment, topicArn) },
      ...(allowedOrigins.length > 0 && { corsConfiguration: { corsRules: [corsRule(allowedOrigins)] } }),
    })
    bucket.applyRemovalPolicy(RemovalPolicy.RETAIN)
    const statements = [this.#overTlsOnly(environment), ...this.#readByDistribution(environment)]
    new s3.CfnBucketPolicy(this, 'Policy', { bucket: bucket.ref, policyDocument: new iam.PolicyDocument({ statements }) })
  }

  #overTlsOnly(environment: AwsEnvironment): iam.PolicyStatement {
    const arn = bucketArnOf(this, environment)
    return new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ['s3:*'],
      resources: [arn, `${arn}/*`],
      conditions: { Bool: { 'aws:SecureTransport': 'false' } },
    })
  }

  /** Files alone: records name people. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html */
  #readByDistribution(environment: AwsEnvironment): readonly iam.PolicyStatement[] {
    if (environment.distributionArn === undefined) return []
    const read = permissionsOn(this, environment).files('s3:GetObject')
    read.addServicePrincipal('cloudfront.amazonaws.com')
    read.addCondition('StringEquals', { 'aws:SourceArn': environment.distributionArn })
    return [read]
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html: values are URL-encoded, and these prefixes have nothing to encode. */
function topicConfigurations(environment: AwsEnvironment, topic: string): s3.CfnBucket.TopicConfigurationProperty[] {
  return notifiedPrefixes(settingsOf(environment)).map((value) => ({
    topic,
    event: 's3:ObjectCreated:*',
    filter: { s3Key: { rules: [{ name: 'prefix', value }] } },
  }))
}

function corsRule(origins: readonly string[]): s3.CfnBucket.CorsRuleProperty {
  return {
    id: 'uploads',
    allowedOrigins: [...origins],
    allowedMethods: ['PUT', 'GET', 'HEAD'],
    allowedHeaders: UPLOAD_HEADERS,
    exposedHeaders: ['ETag'],
    maxAge: 3600,
  }
}

function lifecycleRules(): s3.CfnBucket.RuleProperty[] {
  return [
    { id: 'abort-unfinished-uploads', status: 'Enabled', abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_DAYS } },
    // Ids of uploads begin with 0 for the next centuries. Records of plain keys don't, and stay: without one, its file
    // could be linked again over what a person has put there since.
    { id: 'expire-upload-records', status: 'Enabled', prefix: `${UPLINK_PREFIX}uploads/0`, expirationInDays: RECORD_DAYS },
  ]
}
