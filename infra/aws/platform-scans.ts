import { Stack } from 'aws-cdk-lib'
import * as eventbridge from 'aws-cdk-lib/aws-events'
import * as targets from 'aws-cdk-lib/aws-events-targets'
import * as guardduty from 'aws-cdk-lib/aws-guardduty'
import * as iam from 'aws-cdk-lib/aws-iam'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import type { AwsEnvironment } from './entry.ts'
import { bucketArnOf } from './permissions.ts'
import type { UploadBucket } from './upload-bucket.ts'

export interface PlatformScansProps {
  readonly environment: AwsEnvironment
  readonly queue: sqs.Queue
  readonly deadLetterQueue: sqs.Queue
  /** Absent if the deployment does not create it. */
  readonly uploads: UploadBucket | undefined
}

const SERVICE = 'malware-protection-plan.guardduty.amazonaws.com'

/** Whether GuardDuty scans the files. */
export function isScanned({ scanner }: AwsEnvironment): boolean {
  return scanner === 'platform'
}

/** GuardDuty's Malware Protection for the files of the bucket, and its events on the queue of the linker. */
export class PlatformScans extends Construct {
  constructor(scope: Construct, id: string, { environment, queue, deadLetterQueue, uploads }: PlatformScansProps) {
    super(scope, id)
    const prefixes = notifiedPrefixes(settingsOf(environment))
    const { bucket } = environment
    const plan = new guardduty.CfnMalwareProtectionPlan(this, 'Plan', {
      protectedResource: { s3Bucket: { bucketName: bucket, objectPrefixes: [...prefixes] } },
      role: this.#createRole(environment).roleArn,
      actions: { tagging: { status: 'ENABLED' } },
    })
    // GuardDuty puts an object into the bucket when the plan is made.
    if (uploads) plan.node.addDependency(uploads)
    new eventbridge.Rule(this, 'Results', {
      description: 'Has the linker read the tag of a file when GuardDuty has scanned it',
      eventPattern: {
        source: ['aws.guardduty'],
        detailType: ['GuardDuty Malware Protection Object Scan Result'],
        detail: {
          s3ObjectDetails: { bucketName: [bucket], objectKey: prefixes.map((prefix) => ({ prefix })) },
        },
      },
      targets: [new targets.SqsQueue(queue, { deadLetterQueue })],
    })
  }

  /** https://docs.aws.amazon.com/guardduty/latest/ug/malware-protection-s3-iam-policy-prerequisite.html */
  #createRole(environment: AwsEnvironment): iam.Role {
    const bucketArn = bucketArnOf(this, environment)
    const rule = Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule/DO-NOT-DELETE-AmazonGuardDutyMalwareProtectionS3*',
    })
    const managed = { StringLike: { 'events:ManagedBy': SERVICE } }
    const allow = (resource: string, actions: readonly string[], conditions = {}): iam.PolicyStatement =>
      new iam.PolicyStatement({ actions: [...actions], resources: [resource], conditions })
    const statements = [
      allow(rule, ['events:PutRule', 'events:DeleteRule', 'events:PutTargets', 'events:RemoveTargets'], managed),
      allow(rule, ['events:DescribeRule', 'events:ListTargetsByRule']),
      allow(bucketArn, ['s3:GetBucketNotification', 's3:PutBucketNotification', 's3:ListBucket']),
      allow(`${bucketArn}/*`, ['s3:GetObject', 's3:GetObjectVersion', ...taggingOf('Get'), ...taggingOf('Put')]),
      allow(`${bucketArn}/malware-protection-resource-validation-object`, ['s3:PutObject']),
    ]
    return new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal(SERVICE),
      inlinePolicies: { scan: new iam.PolicyDocument({ statements }) },
    })
  }
}

function taggingOf(verb: 'Get' | 'Put'): readonly string[] {
  return [`s3:${verb}ObjectTagging`, `s3:${verb}ObjectVersionTagging`]
}
