import {
  type EnvVars,
  namesReadBy,
  readFrom,
  readGrantSecrets,
  readSettings,
  type Settings,
  type SettingsReader,
} from '@ckan-uplink/core/settings'
import type { R2Bucket } from './r2-binding.ts'

export type { EnvVars }

/**
 * The schedule on which the linker tries the service token. On any other schedule it also reconciles the whole bucket.
 */
export const TOKEN_CRON = '47 * * * *'

/** The gateway signs URLs and has no CKAN token. */
export interface GatewayConfig {
  readonly settings: Settings
  readonly bucket: R2Bucket
  readonly signing: { readonly endpoint: string; readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The secrets that CKAN's plugin shares; empty without the plugin. */
  readonly grantSecrets: readonly string[]
}

/** The linker has the service's own CKAN token and cannot sign URLs. */
export interface LinkerConfig {
  readonly settings: Settings
  readonly bucket: R2Bucket
  readonly ckanToken: string
  /** The number in the configuration of the queue's consumer. */
  readonly maxRetries: number
}

/** Throws `ConfigurationError` with every fault at once. */
export function readGatewayConfig(env: EnvVars): GatewayConfig {
  return readFrom(env, (reader) => ({ ...readGatewayValues(reader), bucket: readBucket(reader, env) }))
}

/** Throws `ConfigurationError` with every fault at once. */
export function readLinkerConfig(env: EnvVars): LinkerConfig {
  return readFrom(env, (reader) => ({ ...readLinkerValues(reader), bucket: readBucket(reader, env) }))
}

/** The names of all settings of a program, without bindings. */
export function settingNames(program: 'gateway' | 'linker'): readonly string[] {
  return namesReadBy(program === 'gateway' ? readGatewayValues : readLinkerValues)
}

function readGatewayValues(reader: SettingsReader): Omit<GatewayConfig, 'bucket'> {
  return {
    settings: readSettings(reader),
    signing: {
      endpoint: readEndpoint(reader),
      accessKeyId: reader.text('R2_ACCESS_KEY_ID'),
      secretAccessKey: reader.text('R2_SECRET_ACCESS_KEY'),
    },
    grantSecrets: readGrantSecrets(reader, 'GRANT_SECRETS'),
  }
}

function readLinkerValues(reader: SettingsReader): Omit<LinkerConfig, 'bucket'> {
  return {
    settings: readSettings(reader),
    ckanToken: reader.text('CKAN_API_TOKEN'),
    maxRetries: reader.integer('MAX_RETRIES', 100, [0, 100]),
  }
}

function readEndpoint(reader: SettingsReader): string {
  const account = reader.optionalText('R2_ACCOUNT_ID')
  if (reader.optionalText('R2_S3_ENDPOINT') !== undefined) return reader.url('R2_S3_ENDPOINT')
  if (account === undefined) reader.fault('R2_ACCOUNT_ID and R2_S3_ENDPOINT are missing: give one of them.')
  return `https://${account}.r2.cloudflarestorage.com`
}

function readBucket(reader: SettingsReader, env: EnvVars): R2Bucket {
  const bucket = env['BUCKET']
  if (!isBucket(bucket)) reader.fault('BUCKET is not bound: bind the R2 bucket to the Worker with this name.')
  return bucket as R2Bucket
}

function isBucket(value: unknown): value is R2Bucket {
  return typeof value === 'object' && value !== null && 'head' in value
}
