import { everySetting } from '../../../../test/support/every-setting.ts'
import type { AwsEnvironment } from '../../entry.ts'

/** An environment with the required fields only. */
export const least: AwsEnvironment = {
  provider: 'aws',
  accountId: '123456789012',
  region: 'eu-central-1',
  ckanUrl: 'https://ckan.example.org',
  ckanToken: { secret: 'ckan-uplink/staging' },
  ckanCallsAtOnce: 16,
  gatewayBy: 'execute-api',
  bucket: 'open-data',
}

/** An environment with all fields except `adopt`. */
export const most: Required<Omit<AwsEnvironment, 'adopt'>> = {
  ...least,
  grantSecret: { secret: 'ckan-uplink/grants' },
  webhookSecret: { secret: 'ckan-uplink/webhooks' },
  gatewayBy: 'custom-domain',
  gatewayUrl: 'https://uploads.example.org',
  certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
  hostedZoneId: 'Z0123456789ABCDEFGHIJ',
  publicBucketUrl: 'https://files.example.org',
  distributionArn: 'arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE',
  keepRemovedDays: 30,
  openTelemetry: {
    layerArn: 'arn:aws:lambda:eu-central-1:615299751070:layer:AWSOpenTelemetryDistroJs:16',
    tracesUrl: 'https://otel.example.org/v1/traces',
  },
  ...everySetting,
  alarmEmails: ['ops@example.org'],
  reconcileNightly: false,
}
