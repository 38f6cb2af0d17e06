import { checkRetention } from '../check-retention.ts'
import { fits } from '../fits.ts'
import type { AzureEnvironment } from './entry.ts'
import { APP_HOST, DEAD_LETTER_CONTAINER, HOST_SUFFIX } from './names.ts'

/**
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules: Pulumi's provider does not
 * check names, so the request would fail.
 */
const STORAGE_ACCOUNT = /^[a-z0-9]{3,20}$/u
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/u
const RESOURCE_GROUP = /^[\w.()-]{0,89}[\w()-]$/u
const VAULT = /^(?=.{3,24}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/iu
const SUBSCRIPTION = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu
const LOCATION = /^[a-z]+[a-z0-9]*$/u

/** One sentence for each value that Azure would refuse, and for each contradiction. */
export function* checkAzure(environment: AzureEnvironment): Iterable<string> {
  const { subscriptionId, location, storageAccount, bucket, adopt } = environment
  if (!fits(subscriptionId, SUBSCRIPTION))
    yield 'subscriptionId is not one of Azure: give the UUID that az account show --query id prints.'
  if (!fits(location, LOCATION))
    yield 'location is not one of Azure: give the name of a location, such as germanywestcentral, from az account list-locations.'
  if (!fits(storageAccount, STORAGE_ACCOUNT))
    yield `storageAccount is no name for one: give 3 to 20 small letters and digits. The account of the Functions host adds ${HOST_SUFFIX}.`
  if (!fits(bucket, CONTAINER))
    yield `bucket is ${JSON.stringify(bucket)}: give 3 to 63 small letters, digits or single -, with no - at the ends.`
  if (bucket === DEAD_LETTER_CONTAINER)
    yield `bucket is ${JSON.stringify(bucket)}, where dead letters go: give the container another name.`
  if (adopt !== undefined && !fits(adopt.resourceGroup, RESOURCE_GROUP))
    yield 'adopt.resourceGroup is no name for one: give the resource group of the storage account.'
  yield* checkRetention(environment.keepRemovedDays)
  if (environment.keepRemovedDays !== undefined && adopt !== undefined)
    yield 'keepRemovedDays is for an account that the deployment creates: leave it out, and set soft delete of the adopted account by hand.'
  yield* keyFaults(environment)
  yield* vaultFaults(environment)
  const { openTelemetry } = environment
  if (openTelemetry !== undefined && !URL.canParse(String(openTelemetry?.endpoint)))
    yield 'openTelemetry.endpoint is no address: give the OTLP endpoint, such as https://otel.example.org.'
  yield* addressFaults(environment)
}

function* keyFaults({ allowSharedKeyAccess: allowed, adopt }: AzureEnvironment): Iterable<string> {
  if (allowed === undefined) return
  if (typeof allowed !== 'boolean')
    yield `allowSharedKeyAccess is ${JSON.stringify(allowed)}: give true or false, or leave it out.`
  if (adopt !== undefined)
    yield 'allowSharedKeyAccess is for an account that the deployment creates: leave it out, and allow or forbid keys of the adopted account by hand.'
}

function* vaultFaults({
  keyVault,
  ckanToken,
  grantSecret,
  webhookSecret,
  openTelemetry,
}: AzureEnvironment): Iterable<string> {
  if (!fits(keyVault?.name, VAULT))
    yield 'keyVault.name is no name for one: give the name of the vault with the token, 3 to 24 letters, digits or single -.'
  if (!fits(keyVault?.resourceGroup, RESOURCE_GROUP))
    yield 'keyVault.resourceGroup is no name for one: give the resource group of the vault.'
  // The value may be a token instead of a name, so the sentence does not repeat it.
  for (const [field, reference] of Object.entries({
    ckanToken,
    grantSecret,
    webhookSecret,
    'openTelemetry.headers': openTelemetry?.headers,
  }))
    if (fits(reference?.secret, /[_/]/u))
      yield `${field}.secret is no name for a secret of a key vault: give letters, digits or -, such as ckan-token.`
}

/** The rules of the settings report a text that is no URL. */
function* addressFaults({ gatewayUrl }: AzureEnvironment): Iterable<string> {
  if (!URL.canParse(gatewayUrl)) return
  const { protocol, pathname, port, hostname } = new URL(gatewayUrl)
  if (protocol !== 'https:' || pathname !== '/' || port !== '')
    yield `gatewayUrl is ${JSON.stringify(gatewayUrl)}: give an https address of a host alone, such as https://ckan-uplink-example.azurewebsites.net.`
  if (hostname.endsWith('.azurewebsites.net') && !APP_HOST.test(hostname))
    yield `gatewayUrl is on ${hostname}, which is not a name for a function app: give 2 to 60 small letters, digits or -, then .azurewebsites.net.`
}
