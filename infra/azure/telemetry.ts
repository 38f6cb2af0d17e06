import * as applicationinsights from '@pulumi/azure-native/applicationinsights/index.js'
import * as operationalinsights from '@pulumi/azure-native/operationalinsights/index.js'
import type * as pulumi from '@pulumi/pulumi'

/**
 * Azure's minimum, which the price of ingestion includes.
 * https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
 */
const RETENTION_DAYS = 30

export interface Telemetry {
  readonly workspaceId: pulumi.Output<string>
  readonly component: applicationinsights.Component
}

/** The store of logs and traces. It accepts them only from identities; the key alone is not enough. */
export function createTelemetry(
  name: string,
  { resourceGroupName, location }: { readonly resourceGroupName: pulumi.Input<string>; readonly location: string },
  options: pulumi.CustomResourceOptions,
): Telemetry {
  const workspace = new operationalinsights.Workspace(
    name,
    {
      resourceGroupName,
      workspaceName: `ckan-uplink-${name}`,
      location,
      sku: { name: 'PerGB2018' },
      retentionInDays: RETENTION_DAYS,
    },
    options,
  )
  const component = new applicationinsights.Component(
    name,
    {
      resourceGroupName,
      resourceName: `ckan-uplink-${name}`,
      location,
      kind: 'web',
      applicationType: applicationinsights.ApplicationType.Web,
      workspaceResourceId: workspace.id,
      ingestionMode: applicationinsights.IngestionMode.LogAnalytics,
      retentionInDays: RETENTION_DAYS,
      disableLocalAuth: true,
    },
    options,
  )
  return { workspaceId: workspace.id, component }
}
