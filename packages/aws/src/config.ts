import { namesReadBy, readFrom, readSettings, type Settings, type SettingsReader } from '@ckan-uplink/core'

/** A function's variables by name. */
export type Environment = Readonly<Record<string, unknown>>

export interface Config {
  readonly settings: Settings
  /** Where Secrets Manager has the service's own CKAN token: a name or an ARN. */
  readonly tokenSecret: string
  readonly queueUrl: string
  /** As the queue's redrive policy says. */
  readonly maxReceives: number
}

/** The functions' configuration, the same for all of them; throws `ConfigurationError` with every fault at once. */
export function readConfig(env: Environment): Config {
  return readFrom(env, readValues)
}

/** The name of every setting that `readConfig` reads. Region, credentials and endpoints are AWS's SDK's own. */
export function settingNames(): readonly string[] {
  return namesReadBy(readValues)
}

function readValues(reader: SettingsReader): Config {
  return {
    settings: readSettings(reader),
    tokenSecret: reader.text('CKAN_TOKEN_SECRET'),
    queueUrl: reader.url('QUEUE_URL'),
    maxReceives: reader.integer('MAX_RECEIVES', 100, [1, 1000]),
  }
}
