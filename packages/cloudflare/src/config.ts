import {
  type EnvVars,
  namesReadBy,
  readFrom,
  readGrantSecrets,
  readSettings,
  readWebhookSecrets,
  type Settings,
  type SettingsReader,
} from '@ckan-uplink/core/settings'
import type { R2Bucket } from './r2-binding.ts'
import { isQueueProducer, type QueueProducer, WEBHOOKS_BINDING } from './webhooks.ts'

export type { EnvVars }

/**
 * The schedule on which the linker tries the service token. On any other schedule it also reconciles the whole bucket.
 */
export const TOKEN_CRON = '47 * * * *'

/** R2 has no scanner of its own. */
const NO_PLATFORM_SCANNER =
  'SCANNER is platform, but R2 does not scan objects: set it to clamav, and run npm run uplink -- scan run --watch near a clamd.'

/** The gateway signs URLs and has no CKAN token. */
export interface GatewayConfig {
  readonly settings: Settings
  readonly bucket: R2Bucket
  readonly signing: { readonly endpoint: string; readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The secrets that CKAN's plugin shares; empty without the plugin. */
  readonly grantSecrets: readonly string[]
  /** The queue of events; absent without receivers. */
  readonly events: QueueProducer | undefined
}

/** The linker has the service's own CKAN token and cannot sign URLs. */
export interface LinkerConfig {
  readonly settings: Settings
  readonly bucket: R2Bucket
  readonly ckanToken: string
  /** The number in the configuration of the queue's consumer. */
  readonly maxRetries: number
  /** The queue of events; absent without receivers. */
  readonly events: QueueProducer | undefined
  /** The secrets that sign events; empty without receivers. */
  readonly webhookSecrets: readonly string[]
}

/** Throws `ConfigurationError` with every fault at once. */
export function readGatewayConfig(env: EnvVars): GatewayConfig {
  return readFrom(env, (reader) => withBindings(reader, env, readGatewayValues(reader)))
}

/** Throws `ConfigurationError` with every fault at once. */
export function readLinkerConfig(env: EnvVars): LinkerConfig {
  return readFrom(env, (reader) => withBindings(reader, env, readLinkerValues(reader)))
}

/** The names of all settings of a program, without bindings. */
export function settingNames(program: 'gateway' | 'linker'): readonly string[] {
  return namesReadBy(program === 'gateway' ? readGatewayValues : readLinkerValues)
}

function readOwnSettings(reader: SettingsReader): Settings {
  const settings = readSettings(reader)
  if (settings.scanner === 'platform') reader.fault(NO_PLATFORM_SCANNER)
  return settings
}

function readGatewayValues(reader: SettingsReader): Omit<GatewayConfig, 'bucket' | 'events'> {
  return {
    settings: readOwnSettings(reader),
    signing: {
      endpoint: readEndpoint(reader),
      accessKeyId: reader.text('R2_ACCESS_KEY_ID'),
      secretAccessKey: reader.text('R2_SECRET_ACCESS_KEY'),
    },
    grantSecrets: readGrantSecrets(reader, 'GRANT_SECRETS'),
  }
}

function readLinkerValues(reader: SettingsReader): Omit<LinkerConfig, 'bucket' | 'events'> {
  const settings = readOwnSettings(reader)
  return {
    settings,
    ckanToken: reader.text('CKAN_API_TOKEN'),
    maxRetries: reader.integer('MAX_RETRIES', 100, [0, 100]),
    webhookSecrets: readWebhookSecrets(reader, 'WEBHOOK_SECRETS', settings.webhookUrls),
  }
}

function withBindings<Values extends { readonly settings: Settings }>(
  reader: SettingsReader,
  env: EnvVars,
  values: Values,
): Values & Pick<LinkerConfig, 'bucket' | 'events'> {
  const events = env[WEBHOOKS_BINDING]
  const hasEvents = isQueueProducer(events)
  if (values.settings.webhookUrls.length > 0 && !hasEvents)
    reader.fault(`${WEBHOOKS_BINDING} is not bound: bind the queue of events to the Worker with this name.`)
  return { ...values, bucket: readBucket(reader, env), events: hasEvents ? events : undefined }
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
