import { namesReadBy, readFrom, readSettings, type Settings, type SettingsReader } from '@ckan-uplink/core'

/** A function's variables by name. */
export type EnvVars = Readonly<Record<string, unknown>>

/** The gateway has no token of CKAN. */
export interface GatewayConfig {
  readonly settings: Settings
}

/** Of the linker and of the reconciler. */
export interface LinkerConfig {
  readonly settings: Settings
  /** Where Secrets Manager has the service's own CKAN token: a name or an ARN. */
  readonly tokenSecret: string
  readonly queueUrl: string
  /** As the queue's redrive policy says. */
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

/** The name of every setting that the gateway or the linker reads. Region, credentials and endpoints are AWS's SDK's own. */
export function settingNames(program: 'gateway' | 'linker'): readonly string[] {
  return namesReadBy(program === 'gateway' ? readGatewayValues : readLinkerValues)
}

function readGatewayValues(reader: SettingsReader): GatewayConfig {
  return { settings: readSettings(reader) }
}

function readLinkerValues(reader: SettingsReader): LinkerConfig {
  return {
    settings: readSettings(reader),
    tokenSecret: reader.text('CKAN_TOKEN_SECRET'),
    queueUrl: reader.url('QUEUE_URL'),
    maxReceives: reader.integer('MAX_RECEIVES', 100, [1, 1000]),
  }
}
