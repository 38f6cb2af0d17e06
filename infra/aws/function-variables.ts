import type { AwsEnvironment } from '../environment.ts'
import { settingsOf, variablesOf } from '../environment-settings.ts'
import { CONSUMER } from './figures.ts'

/** What only the stack knows. */
export interface Attached {
  readonly gatewayUrl: string
  readonly queueUrl: string
}

/** The functions' settings, the same for all of them, by name, defaults written out; throws `ConfigurationError`. */
export function functionVariables(
  environment: AwsEnvironment,
  { gatewayUrl, queueUrl }: Attached,
): Readonly<Record<string, string>> {
  return {
    ...variablesOf(settingsOf(environment)),
    GATEWAY_URL: gatewayUrl,
    CKAN_TOKEN_SECRET: environment.ckanToken.secret,
    QUEUE_URL: queueUrl,
    MAX_RECEIVES: String(CONSUMER.maxReceives),
  }
}
