import { settingsOf, variablesOf } from '../environment-settings.ts'
import type { AzureEnvironment } from './entry.ts'

/** The functions of each program, by the names that `@ckan-uplink/azure` registers them under. */
export const FUNCTIONS = { gateway: ['gateway'], linker: ['linker', 'reconcile', 'token'] } as const

export type Program = keyof typeof FUNCTIONS

/** What the package is bundled for: https://learn.microsoft.com/azure/azure-functions/functions-reference-node#supported-versions */
export const RUNTIME = { name: 'node', version: '22' } as const

/** One core's worth: the linker reads whole files to verify their checksums. https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#instance-sizes */
export const INSTANCE_MEMORY_MB = 2_048

/** The gateway waits for others more than it computes, and `ckanCallsAtOnce` may leave it a single instance. */
export const REQUESTS_PER_INSTANCE = 100

/**
 * How Event Grid delivers: attempts and time are the most that it takes, and whichever is used up first ends it. A batch
 * has to be answered within 30 s. https://learn.microsoft.com/azure/event-grid/delivery-and-retry
 */
export const DELIVERY = { maxEventsPerBatch: 50, maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1_440 } as const

/** The settings of a program's app that depend on the entry alone; throws `ConfigurationError`. */
export function appVariables(program: Program, environment: AzureEnvironment): Readonly<Record<string, string>> {
  const { storageAccount, keyVault, ckanToken } = environment
  return {
    ...variablesOf(settingsOf(environment)),
    STORAGE_URL: `https://${storageAccount}.blob.core.windows.net`,
    ...(program === 'linker' && {
      // Without a version, so that a new one is taken within a day: https://learn.microsoft.com/azure/app-service/app-service-key-vault-references
      CKAN_API_TOKEN: `@Microsoft.KeyVault(VaultName=${keyVault.name};SecretName=${ckanToken.secret})`,
    }),
    ...Object.fromEntries(disabledIn(program, environment).map((name) => [`AzureWebJobs.${name}.Disabled`, 'true'])),
  }
}

/** Both apps get the same package, and each runs its own functions alone. https://learn.microsoft.com/azure/azure-functions/disable-function */
function disabledIn(program: Program, { reconcileNightly = true }: AzureEnvironment): readonly string[] {
  if (program === 'gateway') return FUNCTIONS.linker
  return reconcileNightly ? FUNCTIONS.gateway : [...FUNCTIONS.gateway, 'reconcile']
}
