import { BlobServiceClient } from '@azure/storage-blob'
import {
  type EnvVars,
  namesReadBy,
  readEventQueueUrl,
  readFrom,
  readGrantSecrets,
  readSettings,
  readWebhookSecrets,
  type Settings,
  type SettingsReader,
} from '@ckan-uplink/core/settings'

export type { EnvVars }

/** The gateway has no CKAN token. */
export interface GatewayConfig {
  readonly settings: Settings
  readonly storage: StorageConfig
  /** The secrets that CKAN's plugin shares; empty without the plugin. */
  readonly grantSecrets: readonly string[]
  /** The URL of the queue of events; `undefined` without receivers. */
  readonly eventQueueUrl: string | undefined
}

/** For the linker and the reconciler. */
export interface LinkerConfig extends Omit<GatewayConfig, 'grantSecrets'> {
  /** The service's own CKAN token. */
  readonly ckanToken: string
  /** The secrets that sign events; empty without receivers. */
  readonly webhookSecrets: readonly string[]
}

export interface StorageConfig {
  /** The blob endpoint, without a slash at the end: `https://<account>.blob.core.windows.net`. */
  readonly url: string
  /** Absent when the app's identity is used. */
  readonly accountKey?: string
  /** The client id of a user-assigned identity; absent for the system-assigned identity. */
  readonly clientId?: string
}

/** Throws `ConfigurationError` with every fault at once. */
export function readGatewayConfig(env: EnvVars): GatewayConfig {
  return readFrom(env, readGatewayValues)
}

/** Throws `ConfigurationError` with every fault at once. */
export function readLinkerConfig(env: EnvVars): LinkerConfig {
  return readFrom(env, readLinkerValues)
}

/** The name of every setting that the gateway or the linker reads. */
export function settingNames(program: 'gateway' | 'linker'): readonly string[] {
  return namesReadBy(program === 'gateway' ? readGatewayValues : readLinkerValues)
}

function readGatewayValues(reader: SettingsReader): GatewayConfig {
  const grantSecrets =
    readSecret(reader, 'GRANT_SECRETS') === undefined ? [] : readGrantSecrets(reader, 'GRANT_SECRETS')
  return { ...readShared(reader), grantSecrets }
}

function readLinkerValues(reader: SettingsReader): LinkerConfig {
  const shared = readShared(reader)
  const isAsked = readSecret(reader, 'WEBHOOK_SECRETS') !== undefined || shared.settings.webhookUrls.length > 0
  return {
    ...shared,
    ckanToken: readSecret(reader, 'CKAN_API_TOKEN') ?? reader.text('CKAN_API_TOKEN'),
    webhookSecrets: isAsked ? readWebhookSecrets(reader, 'WEBHOOK_SECRETS', shared.settings.webhookUrls) : [],
  }
}

function readShared(reader: SettingsReader): Omit<GatewayConfig, 'grantSecrets'> {
  const settings = readSettings(reader)
  const eventQueueUrl = readEventQueueUrl(reader, settings.webhookUrls)
  return { settings, storage: readStorage(reader), eventQueueUrl }
}

function readStorage(reader: SettingsReader): StorageConfig {
  const url = reader.url('STORAGE_URL')
  const accountKey = readSecret(reader, 'STORAGE_ACCOUNT_KEY')
  const clientId = reader.optionalText('AZURE_CLIENT_ID')
  if (url !== '' && new BlobServiceClient(url).accountName === '')
    reader.fault(
      `STORAGE_URL is ${JSON.stringify(url)}, which does not name the account: give its blob endpoint, such as https://account.blob.core.windows.net.`,
    )
  if (url.startsWith('http:') && accountKey === undefined)
    reader.fault(
      "STORAGE_URL is http, which would expose the identity's token: give an https address, or STORAGE_ACCOUNT_KEY for an emulator.",
    )
  return { url, ...(accountKey !== undefined && { accountKey }), ...(clientId !== undefined && { clientId }) }
}

/**
 * When Azure cannot resolve a reference, the setting contains the reference itself:
 * https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
 */
function readSecret(reader: SettingsReader, name: string): string | undefined {
  const value = reader.optionalText(name)
  if (value?.startsWith('@Microsoft.KeyVault('))
    reader.fault(
      `${name} is a Key Vault reference that Azure could not resolve: check that the secret exists and that the app's identity may read it.`,
    )
  return value
}
