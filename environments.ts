import type { Environments } from './infra/environment.ts'
import { ownEnvironments } from './infra/own-environments.ts'

/**
 * The deployments of ckan-uplink: one entry for each environment, on one cloud. The name of an entry is the name of its
 * stack. An entry has only the names of secrets. docs/configuration.md has the defaults of absent fields.
 * Entries of your own may also be in `environments.local.ts`, which git ignores, so that an upgrade cannot conflict.
 * `npm run preview -- <name>` shows the changes before a deployment.
 */
export const environments: Environments = {
  'cloudflare-example': {
    provider: 'cloudflare',
    accountId: '0123456789abcdef0123456789abcdef',
    zone: 'example.org',
    ckanUrl: 'https://data.example.org',
    ckanToken: { secret: 'ckanToken' },
    ckanCallsAtOnce: 16,
    gatewayUrl: 'https://uploads.example.org',
    bucket: 'ckan-uplink-example',
    keyPrefix: 'resources/api_uploads/',
    allowedOrigins: ['https://data.example.org'],
    maxUploadBytes: 5 * 1024 ** 3,
    alarmEmails: ['open-data@example.org'],
  },

  'aws-example': {
    provider: 'aws',
    accountId: '123456789012',
    region: 'eu-central-1',
    ckanUrl: 'https://data.example.org',
    ckanToken: { secret: 'ckan-uplink/aws-example/ckan-token' },
    ckanCallsAtOnce: 16,
    gatewayUrl: 'https://uploads.example.org',
    keepRemovedDays: 7,
    certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef',
    bucket: 'ckan-uplink-example',
    keyPrefix: 'resources/api_uploads/',
    allowedOrigins: ['https://data.example.org'],
    maxUploadBytes: 5 * 1024 ** 3,
    alarmEmails: ['open-data@example.org'],
  },

  'azure-example': {
    provider: 'azure',
    subscriptionId: '01234567-89ab-cdef-0123-456789abcdef',
    location: 'germanywestcentral',
    storageAccount: 'ckanuplinkexample',
    keepRemovedDays: 7,
    keyVault: { name: 'ckan-uplink-example', resourceGroup: 'ckan-uplink-secrets' },
    ckanUrl: 'https://data.example.org',
    ckanToken: { secret: 'ckan-token' },
    ckanCallsAtOnce: 16,
    gatewayUrl: 'https://ckan-uplink-example.azurewebsites.net',
    bucket: 'ckan-uplink-example',
    keyPrefix: 'resources/api_uploads/',
    allowedOrigins: ['https://data.example.org'],
    maxUploadBytes: 5_000 * 1024 ** 2,
    alarmEmails: ['open-data@example.org'],
  },

  ...(await ownEnvironments()),
}
