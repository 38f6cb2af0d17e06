import { namesReadBy, readFrom, readSettings, type Settings, type SettingsReader } from '@ckan-uplink/core'
import type { R2Bucket } from './r2-binding.ts'

/** What a Worker is given: variables, secrets and bindings by name. */
export type Environment = Readonly<Record<string, unknown>>

export interface Config {
  readonly settings: Settings
  /** The service's own CKAN token. */
  readonly ckanToken: string
  readonly bucket: R2Bucket
  readonly signing: { readonly endpoint: string; readonly accessKeyId: string; readonly secretAccessKey: string }
  /** As the queue's consumer is configured. */
  readonly maxRetries: number
}

/** The Workers' configuration, the same for both; throws `ConfigurationError` with every fault at once. */
export function readConfig(env: Environment): Config {
  return readFrom(env, (reader) => {
    const values = readValues(reader)
    const bucket = env['BUCKET']
    if (!isBucket(bucket)) reader.fault('BUCKET is not bound: bind the R2 bucket to the Worker under this name.')
    return { ...values, bucket: bucket as R2Bucket }
  })
}

/** The name of every setting that `readConfig` reads, bindings apart. */
export function settingNames(): readonly string[] {
  return namesReadBy(readValues)
}

function readValues(reader: SettingsReader): Omit<Config, 'bucket'> {
  return {
    settings: readSettings(reader),
    ckanToken: reader.text('CKAN_API_TOKEN'),
    signing: {
      endpoint: readEndpoint(reader),
      accessKeyId: reader.text('R2_ACCESS_KEY_ID'),
      secretAccessKey: reader.text('R2_SECRET_ACCESS_KEY'),
    },
    maxRetries: reader.integer('MAX_RETRIES', 100, [0, 100]),
  }
}

function readEndpoint(reader: SettingsReader): string {
  const account = reader.optionalText('R2_ACCOUNT_ID')
  if (reader.optionalText('R2_S3_ENDPOINT') !== undefined) return reader.url('R2_S3_ENDPOINT')
  if (account === undefined) reader.fault('R2_ACCOUNT_ID is missing, and so is R2_S3_ENDPOINT: give one of them.')
  return `https://${account}.r2.cloudflarestorage.com`
}

function isBucket(value: unknown): value is R2Bucket {
  return typeof value === 'object' && value !== null && 'head' in value
}
