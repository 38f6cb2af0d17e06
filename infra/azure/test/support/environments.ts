import { everySetting } from '../../../../test/support/every-setting.ts'
import type { AzureEnvironment } from '../../entry.ts'

/** An environment with the required fields only. */
export const least: AzureEnvironment = {
  provider: 'azure',
  subscriptionId: '01234567-89ab-cdef-0123-456789abcdef',
  location: 'germanywestcentral',
  storageAccount: 'opendatauploads',
  keyVault: { name: 'open-data', resourceGroup: 'secrets' },
  ckanUrl: 'https://ckan.example.org',
  ckanToken: { secret: 'ckan-token' },
  ckanCallsAtOnce: 16,
  gatewayUrl: 'https://ckan-uploads.azurewebsites.net',
  bucket: 'open-data',
}

/** An environment with all fields that an adopted account allows. */
export const most: Required<Omit<AzureEnvironment, 'keepRemovedDays' | 'allowSharedKeyAccess'>> = {
  ...least,
  grantSecret: { secret: 'grant-secret' },
  openTelemetry: { endpoint: 'https://otel.example.org', headers: { secret: 'otel-headers' } },
  webhookSecret: { secret: 'webhook-secret' },
  adopt: { resourceGroup: 'open-data' },
  gatewayUrl: 'https://uploads.example.org',
  publicBucketUrl: 'https://files.example.org',
  ...everySetting,
  alarmEmails: ['ops@example.org', 'data@example.org'],
  reconcileNightly: false,
}
