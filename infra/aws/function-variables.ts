import { settingsOf, variablesOf } from '../environment-settings.ts'
import type { AwsEnvironment } from './entry.ts'
import { CONSUMER } from './figures.ts'

/** Values that only the stack knows. */
export interface Attached {
  readonly gatewayUrl: string
  readonly queueUrl: string
  /** The URL of the queue of events, if there are receivers. */
  readonly eventQueueUrl: string | undefined
}

/** The gateway's settings by name, defaults included. Throws `ConfigurationError`. */
export function gatewayVariables(
  environment: AwsEnvironment,
  { gatewayUrl, eventQueueUrl }: Omit<Attached, 'queueUrl'>,
): Readonly<Record<string, string>> {
  const { grantSecret } = environment
  return {
    ...sharedVariables(environment, gatewayUrl, eventQueueUrl),
    ...(grantSecret && { GRANT_SECRET: grantSecret.secret }),
  }
}

/** The settings of the linker and of the reconciler. */
export function linkerVariables(
  environment: AwsEnvironment,
  { gatewayUrl, queueUrl, eventQueueUrl }: Attached,
): Readonly<Record<string, string>> {
  return {
    ...sharedVariables(environment, gatewayUrl, eventQueueUrl),
    ...(environment.webhookSecret && { WEBHOOK_SECRET: environment.webhookSecret.secret }),
    CKAN_TOKEN_SECRET: environment.ckanToken.secret,
    QUEUE_URL: queueUrl,
    MAX_RECEIVES: String(CONSUMER.maxReceives),
  }
}

function sharedVariables(
  environment: AwsEnvironment,
  gatewayUrl: string,
  eventQueueUrl: string | undefined,
): Readonly<Record<string, string>> {
  const events = eventQueueUrl === undefined ? {} : { WEBHOOK_QUEUE_URL: eventQueueUrl }
  return { ...variablesOf(settingsOf(environment)), GATEWAY_URL: gatewayUrl, ...events }
}
