import { everySetting } from '../../../../test/support/every-setting.ts'
import type { CloudflareEnvironment } from '../../entry.ts'

/** An environment with the required fields only. */
export const least: CloudflareEnvironment = {
  provider: 'cloudflare',
  accountId: '0123456789abcdef0123456789abcdef',
  zone: 'example.org',
  ckanUrl: 'https://ckan.example.org',
  ckanToken: { secret: 'ckanToken' },
  ckanCallsAtOnce: 16,
  gatewayUrl: 'https://uploads.example.org',
  bucket: 'open-data',
}

/** An environment with all fields. */
export const most: Required<CloudflareEnvironment> = {
  ...least,
  grantSecret: { secret: 'grantSecret' },
  webhookSecret: { secret: 'webhookSecret' },
  zone: 'example.org',
  gatewayBy: 'route',
  queue: 'r2-file-uploads',
  openTelemetry: { logs: 'grafana-logs', traces: 'grafana-traces' },
  adopt: { bucket: true, queueId: '00112233445566778899aabbccddeeff' },
  publicBucketUrl: 'https://files.example.org',
  publicBy: 'route',
  ...everySetting,
  alarmEmails: ['ops@example.org'],
  reconcileNightly: false,
}
