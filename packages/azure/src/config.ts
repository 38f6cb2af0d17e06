import { BlobServiceClient } from '@azure/storage-blob'
import { namesReadBy, readFrom, readSettings, type Settings, type SettingsReader } from '@ckan-uplink/core'

/** A function app's settings by name. */
export type EnvVars = Readonly<Record<string, unknown>>

/** The gateway has no token of CKAN. */
export interface GatewayConfig {
  readonly settings: Settings
  readonly storage: StorageConfig
}

/** Of the linker and of the reconciler. */
export interface LinkerConfig extends GatewayConfig {
  /** The service's own CKAN token. */
  readonly ckanToken: string
}

export interface StorageConfig {
  /** The blob endpoint, without a slash at the end: `https://<account>.blob.core.windows.net`. */
  readonly url: string
  /** Absent: the app's identity is used. */
  readonly accountKey?: string
  /** Of a user-assigned identity; absent: the system-assigned one. */
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
  return { settings: readSettings(reader), storage: readStorage(reader) }
}

function readLinkerValues(reader: SettingsReader): LinkerConfig {
  return {
    ...readGatewayValues(reader),
    ckanToken: readSecret(reader, 'CKAN_API_TOKEN') ?? reader.text('CKAN_API_TOKEN'),
  }
}

function readStorage(reader: SettingsReader): StorageConfig {
  const url = reader.url('STORAGE_URL')
  const accountKey = readSecret(reader, 'STORAGE_ACCOUNT_KEY')
  const clientId = reader.optionalText('AZURE_CLIENT_ID')
  if (url !== '' && new BlobServiceClient(url).accountName === '')
    reader.fault(
      `STORAGE_URL is ${JSON.stringify(url)}, which doesn't name the account: give its blob endpoint, such as https://account.blob.core.windows.net.`,
    )
  if (url.startsWith('http:') && accountKey === undefined)
    reader.fault(
      "STORAGE_URL is http, over which an identity's token must not be sent: give https, or STORAGE_ACCOUNT_KEY for an emulator.",
    )
  return { url, ...(accountKey !== undefined && { accountKey }), ...(clientId !== undefined && { clientId }) }
}

/** A reference that Azure can't resolve stands there as it was written: https://learn.microsoft.com/azure/app-service/app-service-key-vault-references */
function readSecret(reader: SettingsReader, name: string): string | undefined {
  const value = reader.optionalText(name)
  if (value?.startsWith('@Microsoft.KeyVault('))
    reader.fault(
      `${name} is a Key Vault reference that Azure could not resolve: let the app's identity read the secret, and see that the secret is there.`,
    )
  return value
}
