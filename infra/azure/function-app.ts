import { settingsOf, variablesOf } from '../environment-settings.ts'
import type { AzureEnvironment } from './entry.ts'
import { WEBHOOKS_QUEUE } from './names.ts'

/** The functions of each program, with the names in `@ckan-uplink/azure`. */
export const FUNCTIONS = { gateway: ['gateway'], linker: ['linker', 'reconcile', 'token'] } as const

export type Program = keyof typeof FUNCTIONS

/**
 * The runtime of the bundle:
 * https://learn.microsoft.com/azure/azure-functions/functions-reference-node#supported-versions
 */
export const RUNTIME = { name: 'node', version: '22' } as const

/**
 * The memory of one core: the linker reads whole files to verify their checksums.
 * https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#instance-sizes
 */
export const INSTANCE_MEMORY_MB = 2_048

/** The gateway mostly waits, and `ckanCallsAtOnce` may allow it only one instance. */
export const REQUESTS_PER_INSTANCE = 100

/**
 * The delivery by Event Grid. Attempts and time are Event Grid's maximum; delivery ends with the first that is used up.
 * The linker has to answer a batch within 30 s. https://learn.microsoft.com/azure/event-grid/delivery-and-retry
 */
export const DELIVERY = { maxEventsPerBatch: 50, maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1_440 } as const

/** The settings of a program's app that depend only on the entry. Throws `ConfigurationError`. */
export function appVariables(program: Program, environment: AzureEnvironment): Readonly<Record<string, string>> {
  const { storageAccount, keyVault, ckanToken, grantSecret, webhookSecret, openTelemetry } = environment
  const referenceTo = (secret: string) => `@Microsoft.KeyVault(VaultName=${keyVault.name};SecretName=${secret})`
  return {
    ...variablesOf(settingsOf(environment)),
    STORAGE_URL: `https://${storageAccount}.blob.core.windows.net`,
    ...(program === 'linker' && {
      // Without a version, so that the app reads a new version within a day:
      // https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
      CKAN_API_TOKEN: referenceTo(ckanToken.secret),
      ...(webhookSecret && { WEBHOOK_SECRETS: referenceTo(webhookSecret.secret) }),
    }),
    ...(hasWebhooks(environment) && { WEBHOOK_QUEUE_URL: `${queueEndpointOf(environment)}/${WEBHOOKS_QUEUE}` }),
    ...(program === 'gateway' && grantSecret && { GRANT_SECRETS: referenceTo(grantSecret.secret) }),
    ...(openTelemetry && {
      // As in host.json, for this app alone: https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
      AzureFunctionsJobHost__telemetryMode: 'OpenTelemetry',
      OTEL_EXPORTER_OTLP_ENDPOINT: openTelemetry.endpoint,
      ...(openTelemetry.headers && { OTEL_EXPORTER_OTLP_HEADERS: referenceTo(openTelemetry.headers.secret) }),
    }),
    ...Object.fromEntries(disabledIn(program, environment).map((name) => [`AzureWebJobs.${name}.Disabled`, 'true'])),
  }
}

/** Whether the environment has receivers of events, and so a queue for them. */
export function hasWebhooks({ webhookUrls = [] }: AzureEnvironment): boolean {
  return webhookUrls.length > 0
}

/** The account's endpoint of Queue Storage. */
export function queueEndpointOf({ storageAccount }: AzureEnvironment): string {
  return `https://${storageAccount}.queue.core.windows.net`
}

/**
 * Both apps get the same package, and each runs only its own functions.
 * https://learn.microsoft.com/azure/azure-functions/disable-function
 */
function disabledIn(program: Program, environment: AzureEnvironment): readonly string[] {
  const { reconcileNightly = true } = environment
  if (program === 'gateway') return [...FUNCTIONS.linker, ...(hasWebhooks(environment) ? ['webhooks'] : [])]
  return reconcileNightly ? FUNCTIONS.gateway : [...FUNCTIONS.gateway, 'reconcile']
}
