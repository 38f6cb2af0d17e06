import { WEBHOOKS_CONNECTION } from '@ckan-uplink/azure'
import type * as applicationinsights from '@pulumi/azure-native/applicationinsights/index.js'
import type * as managedidentity from '@pulumi/azure-native/managedidentity/index.js'
import type { input } from '@pulumi/azure-native/types/index.js'
import * as web from '@pulumi/azure-native/web/index.js'
import * as pulumi from '@pulumi/pulumi'
import { checkoutVersion } from '../checkout-version.ts'
import { concurrencyOf } from '../environment-settings.ts'
import type { AzureEnvironment } from './entry.ts'
import {
  appVariables,
  hasWebhooks,
  INSTANCE_MEMORY_MB,
  type Program,
  queueEndpointOf,
  REQUESTS_PER_INSTANCE,
  RUNTIME,
} from './function-app.ts'
import type { HostStorage } from './host-storage.ts'
import { azureNames } from './names.ts'
import type { Place } from './place.ts'

export interface FunctionAppArgs extends Place {
  readonly program: Program
  readonly environment: AzureEnvironment
  readonly identity: managedidentity.UserAssignedIdentity
  readonly host: HostStorage
  readonly component: applicationinsights.Component
}

/** The function app on its own plan, with HTTPS only. Publishing needs an identity. */
export function createFunctionApp(
  name: string,
  args: FunctionAppArgs,
  options: pulumi.CustomResourceOptions,
): web.WebApp {
  const { program, environment, identity, resourceGroupName, location } = args
  const { functionApp, linkerApp } = azureNames(name, environment)
  const plan = new web.AppServicePlan(
    name,
    {
      resourceGroupName,
      location,
      name: `ckan-uplink-${name}`,
      kind: 'functionapp',
      sku: { name: 'FC1', tier: 'FlexConsumption' },
      reserved: true,
    },
    options,
  )
  const app = new web.WebApp(
    name,
    {
      resourceGroupName,
      location,
      name: program === 'gateway' ? functionApp : linkerApp,
      kind: 'functionapp,linux',
      serverFarmId: plan.id,
      identity: { type: web.ManagedServiceIdentityType.UserAssigned, userAssignedIdentities: [identity.id] },
      keyVaultReferenceIdentity: identity.id,
      httpsOnly: true,
      clientAffinityEnabled: false,
      tags: { version: checkoutVersion() },
      siteConfig: { minTlsVersion: '1.2', appSettings: appSettings(args) },
      functionAppConfig: functionAppConfig(args),
    },
    options,
  )
  new web.WebAppScmAllowed(name, { resourceGroupName, name: app.name, allow: false }, options)
  return app
}

/**
 * The place of packages, the runtime and the number of instances. The limit of instances applies to each function: the
 * linker has as many as the limit of calls to CKAN allows, and the reconciliation has one.
 * https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#per-function-scaling
 */
function functionAppConfig({ environment, identity, host }: FunctionAppArgs): input.web.FunctionAppConfigArgs {
  const authentication = {
    type: web.AuthenticationType.UserAssignedIdentity,
    userAssignedIdentityResourceId: identity.id,
  }
  const value = pulumi.interpolate`https://${host.account.name}.blob.core.windows.net/${host.packages.name}`
  return {
    deployment: { storage: { type: web.FunctionsDeploymentStorageType.BlobContainer, value, authentication } },
    runtime: RUNTIME,
    scaleAndConcurrency: {
      instanceMemoryMB: INSTANCE_MEMORY_MB,
      maximumInstanceCount: concurrencyOf(environment).consumers,
      triggers: { http: { perInstanceConcurrency: REQUESTS_PER_INSTANCE } },
    },
  }
}

function appSettings({
  program,
  environment,
  identity,
  host,
  component,
}: FunctionAppArgs): input.web.NameValuePairArgs[] {
  const settings: Readonly<Record<string, pulumi.Input<string>>> = {
    ...appVariables(program, environment),
    AZURE_CLIENT_ID: identity.clientId,
    ...(hasWebhooks(environment) &&
      program === 'linker' && {
        [`${WEBHOOKS_CONNECTION}__queueServiceUri`]: queueEndpointOf(environment),
        [`${WEBHOOKS_CONNECTION}__credential`]: 'managedidentity',
        [`${WEBHOOKS_CONNECTION}__clientId`]: identity.clientId,
      }),
    AzureWebJobsStorage__accountName: host.account.name,
    AzureWebJobsStorage__credential: 'managedidentity',
    AzureWebJobsStorage__clientId: identity.clientId,
    APPLICATIONINSIGHTS_CONNECTION_STRING: component.connectionString,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: pulumi.interpolate`ClientId=${identity.clientId};Authorization=AAD`,
  }
  return Object.entries(settings).map(([name, value]) => ({ name, value }))
}
