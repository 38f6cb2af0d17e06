import {
  type EnvVars,
  namesReadBy,
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
}

/** For the linker and the reconciler. */
export interface LinkerConfig {
  readonly settings: Settings
  /** The name or ARN of the secret in Secrets Manager with the service's own CKAN token. */
  readonly tokenSecret: string
  readonly queueUrl: string
  /** The number in the queue's redrive policy. */
  readonly maxReceives: number
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
  return { settings: readSettings(reader), ...(grantSecret !== undefined && { grantSecret }) }
}

function readLinkerValues(reader: SettingsReader): LinkerConfig {
  return {
    settings: readSettings(reader),
    tokenSecret: reader.text('CKAN_TOKEN_SECRET'),
    queueUrl: reader.url('QUEUE_URL'),
    maxReceives: reader.integer('MAX_RECEIVES', 100, [1, 1000]),
  }
}
