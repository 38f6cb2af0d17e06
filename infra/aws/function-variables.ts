import { settingsOf, variablesOf } from '../environment-settings.ts'
import type { AwsEnvironment } from './entry.ts'
import { CONSUMER } from './figures.ts'

/** Values that only the stack knows. */
export interface Attached {
  readonly gatewayUrl: string
  readonly queueUrl: string
}

/** The gateway's settings by name, defaults included. Throws `ConfigurationError`. */
export function gatewayVariables(
  environment: AwsEnvironment,
  { gatewayUrl }: Pick<Attached, 'gatewayUrl'>,
): Readonly<Record<string, string>> {
  const { grantSecret } = environment
  return { ...sharedVariables(environment, gatewayUrl), ...(grantSecret && { GRANT_SECRET: grantSecret.secret }) }
}

/** The settings of the linker and of the reconciler. */
export function linkerVariables(
  environment: AwsEnvironment,
  { gatewayUrl, queueUrl }: Attached,
): Readonly<Record<string, string>> {
  return {
    ...sharedVariables(environment, gatewayUrl),
    CKAN_TOKEN_SECRET: environment.ckanToken.secret,
    QUEUE_URL: queueUrl,
    MAX_RECEIVES: String(CONSUMER.maxReceives),
  }
}

function sharedVariables(environment: AwsEnvironment, gatewayUrl: string): Readonly<Record<string, string>> {
  return { ...variablesOf(settingsOf(environment)), GATEWAY_URL: gatewayUrl }
}
