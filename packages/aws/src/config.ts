import {
  type EnvVars,
  namesReadBy,
  readEventQueueUrl,
  readFrom,
  readSettings,
  type Settings,
  type SettingsReader,
} from '@ckan-uplink/core/settings'

export type { EnvVars }

/** The gateway has no CKAN token. */
export interface GatewayConfig {
  readonly settings: Settings
  /** The name or ARN of the secret in Secrets Manager that CKAN's plugin shares; absent without the plugin. */
  readonly grantSecret?: string
  /** The queue of events; `undefined` without receivers. */
  readonly eventQueueUrl: string | undefined
}

/** For the linker and the reconciler. */
export interface LinkerConfig {
  readonly settings: Settings
  /** The name or ARN of the secret in Secrets Manager with the service's own CKAN token. */
  readonly tokenSecret: string
  readonly queueUrl: string
  /** The number in the queue's redrive policy. */
  readonly maxReceives: number
  /** The queue of events; `undefined` without receivers. */
  readonly eventQueueUrl: string | undefined
  /** The name or ARN of the secret in Secrets Manager that signs events; absent without receivers. */
  readonly webhookSecret?: string
}

/** Throws `ConfigurationError` with every fault at once. */
export function readGatewayConfig(env: EnvVars): GatewayConfig {
  return readFrom(env, readGatewayValues)
}

/** Throws `ConfigurationError` with every fault at once. */
export function readLinkerConfig(env: EnvVars): LinkerConfig {
  return readFrom(env, readLinkerValues)
}

/** The names of all settings of a program. The AWS SDK reads the region, credentials and endpoints itself. */
export function settingNames(program: 'gateway' | 'linker'): readonly string[] {
  return namesReadBy(program === 'gateway' ? readGatewayValues : readLinkerValues)
}

function readGatewayValues(reader: SettingsReader): GatewayConfig {
  const grantSecret = reader.optionalText('GRANT_SECRET')
  const settings = readSettings(reader)
  const eventQueueUrl = readEventQueueUrl(reader, settings.webhookUrls)
  return { settings, ...(grantSecret !== undefined && { grantSecret }), eventQueueUrl }
}

function readLinkerValues(reader: SettingsReader): LinkerConfig {
  const settings = readSettings(reader)
  const webhookSecret = reader.optionalText('WEBHOOK_SECRET')
  if (webhookSecret === undefined && settings.webhookUrls.length > 0) reader.text('WEBHOOK_SECRET')
  return {
    settings,
    eventQueueUrl: readEventQueueUrl(reader, settings.webhookUrls),
    ...(webhookSecret !== undefined && { webhookSecret }),
    tokenSecret: reader.text('CKAN_TOKEN_SECRET'),
    queueUrl: reader.url('QUEUE_URL'),
    maxReceives: reader.integer('MAX_RECEIVES', 100, [1, 1000]),
  }
}
