import { notifiedPrefixes, settingsOf } from '../environment-settings.ts'
import { uploadOrigins } from '../upload-origins.ts'
import { type CorsRule, CREATED, corsRulesFor, REMOVED, UNFINISHED } from './bucket-rules.ts'
import type { AwsEnvironment } from './entry.ts'
import { isScanned } from './platform-scans.ts'

/**
 * The commands that set up an existing bucket like `UploadBucket`, by their purpose. CloudFormation sets no properties
 * of buckets that it did not create. Each command replaces the bucket's previous configuration of its kind.
 */
export function attachCommands(environment: AwsEnvironment, topicArn: string): Readonly<Record<string, string>> {
  const { bucket, region, keepRemovedDays } = environment
  const rules = corsRulesFor(uploadOrigins(environment)).map(corsRule)
  const command = (verb: string, option: string, value: object) =>
    `aws s3api put-bucket-${verb} --region ${region} --bucket ${bucket} --${option} '${JSON.stringify(value)}'`
  return {
    attachNotifications: command(
      'notification-configuration',
      'notification-configuration',
      notifications(environment, topicArn),
    ),
    attachLifecycle: command('lifecycle-configuration', 'lifecycle-configuration', lifecycleOf(keepRemovedDays)),
    ...(keepRemovedDays !== undefined && {
      attachVersioning: command('versioning', 'versioning-configuration', { Status: 'Enabled' }),
    }),
    attachCors: command('cors', 'cors-configuration', { CORSRules: rules }),
  }
}

function notifications(environment: AwsEnvironment, topicArn: string): object {
  const prefixes = notifiedPrefixes(settingsOf(environment))
  return {
    ...(isScanned(environment) && { EventBridgeConfiguration: {} }),
    TopicConfigurations: prefixes.map((Value) => ({
      TopicArn: topicArn,
      Events: [CREATED],
      Filter: { Key: { FilterRules: [{ Name: 'prefix', Value }] } },
    })),
  }
}

function corsRule({ id, origins, methods, headers, exposed, maxAgeSeconds }: CorsRule): object {
  return {
    ID: id,
    AllowedOrigins: origins,
    AllowedMethods: methods,
    AllowedHeaders: headers,
    ExposeHeaders: exposed,
    MaxAgeSeconds: maxAgeSeconds,
  }
}

/** An adopted bucket may keep versions for its owner's purposes, so their rule needs the entry's `keepRemovedDays`. */
function lifecycleOf(keepRemovedDays: number | undefined): object {
  return { Rules: [...RULES, ...(keepRemovedDays === undefined ? [] : [removedRule(keepRemovedDays)])] }
}

function removedRule(keepRemovedDays: number): object {
  return {
    ID: REMOVED.id,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    NoncurrentVersionExpiration: { NoncurrentDays: keepRemovedDays },
    Expiration: { ExpiredObjectDeleteMarker: true },
  }
}

const RULES = [
  {
    ID: UNFINISHED.id,
    Status: 'Enabled',
    Filter: { Prefix: '' },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: UNFINISHED.days },
  },
]
