import { describe, expect, it } from 'vitest'
import type { AzureEnvironment } from '../infra/azure/entry.ts'
import { azureNames } from '../infra/azure/names.ts'
import { faultsOf } from './support/environments.ts'

const onAzure: AzureEnvironment = {
  provider: 'azure',
  subscriptionId: '01234567-89ab-cdef-0123-456789abcdef',
  location: 'germanywestcentral',
  storageAccount: 'opendatauploads',
  keyVault: { name: 'open-data', resourceGroup: 'secrets' },
  ckanUrl: 'https://data.example.org',
  ckanToken: { secret: 'ckan-token' },
  ckanCallsAtOnce: 16,
  gatewayUrl: 'https://uploads.example.org',
  bucket: 'open-data',
}

describe('an environment on Azure', () => {
  it('needs only the required fields', () => {
    expect(faultsOf(onAzure)).toEqual([])
    expect(faultsOf({ ...onAzure, adopt: { resourceGroup: 'open-data' } })).toEqual([])
  })

  it('reports all its faults at once, each with its fix', () => {
    const { subscriptionId: _, keyVault: __, ...neither } = onAzure
    const faults = faultsOf({
      ...neither,
      location: 'Germany West Central',
      storageAccount: 'Open-Data',
      bucket: 'Open_Data',
      keyPrefix: '/uploads/',
    })
    expect(faults.map((fault) => fault.split(' ', 2).join(' ')).toSorted()).toEqual(
      [
        'bucket',
        'keyPrefix',
        'keyVault.name',
        'keyVault.resourceGroup',
        'location',
        'storageAccount',
        'subscriptionId',
      ].map((field) => `staging: ${field}`),
    )
    for (const fault of faults) expect(fault).toMatch(/: .*: /u)
  })

  it.each<[string, object, string]>([
    ['no subscription', { subscriptionId: '' }, 'subscriptionId is not one of Azure'],
    ['no location', { location: undefined }, 'location is not one of Azure'],
    ['no account', { storageAccount: undefined }, 'storageAccount is no name for one'],
    ['no vault', { keyVault: undefined }, 'keyVault.name is no name for one'],
    ['a location by its display name', { location: 'West Europe' }, 'location is not one of Azure'],
    [
      "an account whose name leaves no room for the host's account",
      { storageAccount: 'a'.repeat(21) },
      'storageAccount is no name for one',
    ],
    ['an account with a dash', { storageAccount: 'open-data' }, 'storageAccount is no name for one'],
    ['a container of two letters', { bucket: 'ab' }, 'bucket is "ab"'],
    ['a container of 64 letters', { bucket: 'a'.repeat(64) }, 'bucket is "aaa'],
    ['a container with two dashes in a row', { bucket: 'open--data' }, 'bucket is "open--data"'],
    ['a container with a dash at the end', { bucket: 'open-data-' }, 'bucket is "open-data-"'],
    ["Azure's own container", { bucket: '$web' }, 'bucket is "$web"'],
    ['the container of the dead letters', { bucket: 'uplink-dead-letters' }, 'where dead letters go'],
    ['telemetry without an endpoint', { openTelemetry: {} }, 'openTelemetry.endpoint is no address'],
    [
      'an invalid name of a vault',
      { keyVault: { name: 'open--data', resourceGroup: 'secrets' } },
      'keyVault.name is no name for one',
    ],
    [
      'an invalid name of a secret',
      { ckanToken: { secret: 'ckan_token' } },
      'ckanToken.secret is no name for a secret of a key vault',
    ],
    [
      'an invalid name of the adopted resource group',
      { adopt: { resourceGroup: 'open data' } },
      'adopt.resourceGroup is no name for one',
    ],
    [
      'a host of Azure that no function app can have',
      { gatewayUrl: 'https://a.b.azurewebsites.net' },
      'not a name for a function app',
    ],
    [
      'keys of an adopted account',
      { adopt: { resourceGroup: 'open-data' }, allowSharedKeyAccess: true },
      'allow or forbid keys of the adopted account by hand',
    ],
    ['keys that are allowed by a word', { allowSharedKeyAccess: 'yes' }, 'allowSharedKeyAccess is "yes"'],
    ['a gateway without TLS', { gatewayUrl: 'http://uploads.example.org' }, 'give an https address of a host alone'],
  ])('is refused with %s', (_, change, words) => {
    expect(faultsOf({ ...onAzure, ...change }).filter((fault) => fault.includes(words))).toHaveLength(1)
  })
})

describe('the names on Azure', () => {
  it('follow from the entry: the app has the name of its host, or of the account if the host is not on Azure', () => {
    expect(azureNames('staging', onAzure)).toEqual({
      resourceGroup: 'ckan-uplink-staging',
      functionApp: 'opendatauploads',
      linkerApp: 'opendatauploads-linker',
      hostStorageAccount: 'opendatauploadshost',
      linkerHostStorageAccount: 'opendatauploadslink',
      deadLetterContainer: 'uplink-dead-letters',
    })
    const { functionApp } = azureNames('staging', { ...onAzure, gatewayUrl: 'https://ckan-uploads.azurewebsites.net' })
    expect(functionApp).toBe('ckan-uploads')
  })
})
