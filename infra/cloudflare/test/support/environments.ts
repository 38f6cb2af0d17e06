import type { CloudflareEnvironment } from '../../../environment.ts'

/** The least that an environment has to say. */
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

/** Everything that an environment may say. */
export const most: Required<CloudflareEnvironment> = {
  ...least,
  zone: 'example.org',
  gatewayBy: 'route',
  requestsPerMinute: 600,
  queue: 'r2-file-uploads',
  adopt: { bucket: true, queueId: '00112233445566778899aabbccddeeff' },
  publicBucketUrl: 'https://files.example.org',
  keyPrefix: 'uploads/open/',
  maxUploadBytes: 1_000_000,
  multipartAboveBytes: 500_000,
  allowedTypes: ['text/csv', 'application/json'],
  maxVerifyBytes: 2_000_000,
  maxImageBytes: 300_000,
  maxImageSide: 1_024,
  allowSvg: true,
  urlExpiresInSeconds: 600,
  requireUploadRecord: true,
  ckanTimeoutMs: 5_000,
  storeConcurrency: 3,
  loader: 'xloader',
  removeReplacedAfterDays: 90,
  passThrough: false,
  allowedOrigins: ['https://ckan.example.org', 'https://apps.example.org'],
  alarmEmails: ['ops@example.org'],
}
