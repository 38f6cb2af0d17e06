import * as v from 'valibot'
import { ROLES } from '../../roles.ts'
import type { Made } from './deploy-with-mocks.ts'

/**
 * Rules that the types of Azure's provider do not express:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
const named = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern))
const storageAccount = named(/^[a-z0-9]{3,24}$/u)
const container = named(/^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/u)
const dashed = (least: number, most: number) =>
  named(new RegExp(`^(?=.{${least},${most}}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$`, 'iu'))
const resourceGroup = named(/^[\w.()-]{0,89}[\w()-]$/u)
const id = v.pipe(v.string(), v.startsWith('/'))
const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const location = named(/^[a-z]+[a-z0-9]*$/u)
const some = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.minLength(1))

/** https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan */
const functionAppConfig = v.strictObject({
  deployment: v.strictObject({
    storage: v.strictObject({
      type: v.literal('blobContainer'),
      value: named(/^https:\/\/[a-z0-9]{3,24}\.blob\.core\.windows\.net\/[a-z0-9-]+$/u),
      authentication: v.strictObject({ type: v.literal('UserAssignedIdentity'), userAssignedIdentityResourceId: id }),
    }),
  }),
  runtime: v.strictObject({ name: v.literal('node'), version: v.picklist(['20', '22', '24']) }),
  scaleAndConcurrency: v.strictObject({
    instanceMemoryMB: v.picklist([512, 2048, 4096]),
    maximumInstanceCount: whole(1, 1000),
    triggers: v.strictObject({ http: v.strictObject({ perInstanceConcurrency: whole(1, 1000) }) }),
  }),
})

/**
 * https://learn.microsoft.com/azure/azure-functions/functions-app-settings and, for Flex Consumption,
 * flex-consumption-plan#deprecated-properties-and-settings
 */
const appSetting = v.strictObject({
  name: v.pipe(
    // https://learn.microsoft.com/azure/app-service/configure-common
    named(/^[A-Za-z][\w.]*$/u),
    v.check(
      (name) => !/^(?:FUNCTIONS_(?:EXTENSION_VERSION|WORKER_RUNTIME)|WEBSITE_|SCM_|ENABLE_ORYX)/u.test(name),
      'Flex Consumption refuses it',
    ),
  ),
  value: v.pipe(v.string(), v.minLength(1)),
})

/** https://learn.microsoft.com/azure/event-grid/event-filtering and delivery-and-retry */
const subscription = v.looseObject({
  eventSubscriptionName: named(/^[a-z0-9-]{3,64}$/iu),
  eventDeliverySchema: v.picklist(['EventGridSchema', 'CloudEventSchemaV1_0']),
  destination: v.strictObject({
    endpointType: v.literal('AzureFunction'),
    resourceId: id,
    maxEventsPerBatch: whole(1, 5000),
    preferredBatchSizeInKilobytes: v.optional(whole(1, 1024)),
  }),
  filter: v.strictObject({
    isSubjectCaseSensitive: v.boolean(),
    includedEventTypes: some(
      v.picklist(['Microsoft.Storage.BlobCreated', 'Microsoft.Storage.BlobDeleted', 'Microsoft.Storage.BlobRenamed']),
    ),
    advancedFilters: v.pipe(
      some(
        v.strictObject({
          operatorType: v.literal('StringBeginsWith'),
          key: v.literal('subject'),
          values: some(named(/^\/blobServices\/default\/containers\/[a-z0-9-]+\/blobs\/[^/].*\/$/u)),
        }),
      ),
      v.maxLength(25),
    ),
  }),
  retryPolicy: v.strictObject({ maxDeliveryAttempts: whole(1, 30), eventTimeToLiveInMinutes: whole(1, 1440) }),
})

const ruleName = v.pipe(v.string(), v.maxLength(260), v.regex(/^[^*#&+:<>?@%{}\\/]+$/u))
const severity = whole(0, 4)

const SCHEMAS: Readonly<Record<string, v.GenericSchema>> = {
  ResourceGroup: v.strictObject({ resourceGroupName: resourceGroup, location }),
  StorageAccount: v.looseObject({
    accountName: storageAccount,
    location,
    kind: v.literal('StorageV2'),
    // https://learn.microsoft.com/azure/storage/common/storage-redundancy
    sku: v.strictObject({ name: v.picklist(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS']) }),
  }),
  BlobContainer: v.looseObject({
    accountName: storageAccount,
    containerName: container,
    publicAccess: v.literal('None'),
  }),
  // https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata
  Queue: v.looseObject({ accountName: storageAccount, queueName: container }),
  BlobServiceProperties: v.looseObject({
    blobServicesName: v.literal('default'),
    cors: v.strictObject({
      corsRules: v.pipe(
        v.array(
          v.strictObject({
            allowedOrigins: v.pipe(some(named(/^(?:\*|https?:\/\/[^/]+)$/u)), v.maxLength(64)),
            allowedMethods: some(
              v.picklist(['DELETE', 'GET', 'HEAD', 'MERGE', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'CONNECT', 'TRACE']),
            ),
            allowedHeaders: v.array(named(/^[a-z0-9-]+\*?$/u)),
            exposedHeaders: v.array(v.string()),
            maxAgeInSeconds: whole(0, 86_400),
          }),
        ),
        v.maxLength(5),
      ),
    }),
  }),
  ManagementPolicy: v.looseObject({
    managementPolicyName: v.literal('default'),
    policy: v.strictObject({
      rules: some(
        v.strictObject({
          name: named(/^[a-z0-9-]{1,256}$/iu),
          type: v.literal('Lifecycle'),
          enabled: v.boolean(),
          definition: v.strictObject({
            filters: v.strictObject({
              blobTypes: v.tuple([v.literal('blockBlob')]),
              prefixMatch: v.pipe(some(named(/^[a-z0-9-]+\/.+$/u)), v.maxLength(10)),
            }),
            actions: v.strictObject({
              baseBlob: v.strictObject({
                delete: v.strictObject({ daysAfterModificationGreaterThan: whole(0, 99_999) }),
              }),
            }),
          }),
        }),
      ),
    }),
  }),
  UserAssignedIdentity: v.looseObject({ resourceName: dashed(3, 128), location }),
  RoleAssignment: v.strictObject({
    principalId: v.pipe(v.string(), v.minLength(1)),
    principalType: v.literal('ServicePrincipal'),
    roleDefinitionId: v.pipe(
      named(/^\/subscriptions\/[0-9a-f-]{36}\/providers\/Microsoft\.Authorization\/roleDefinitions\/[0-9a-f-]{36}$/u),
      v.check(
        (definition) => Object.values<string>(ROLES).includes(definition.split('/').at(-1) ?? ''),
        'no such role',
      ),
    ),
    scope: id,
    condition: v.optional(v.pipe(v.string(), v.maxLength(8192))),
    conditionVersion: v.optional(v.literal('2.0')),
  }),
  Workbook: v.looseObject({
    resourceName: v.pipe(v.string(), v.uuid()),
    kind: v.literal('shared'),
    displayName: v.pipe(v.string(), v.minLength(1)),
    category: v.literal('workbook'),
    sourceId: id,
    version: v.literal('Notebook/1.0'),
    serializedData: v.pipe(
      v.string(),
      v.parseJson(),
      v.strictObject({
        version: v.literal('Notebook/1.0'),
        $schema: v.string(),
        fallbackResourceIds: some(id),
        items: some(
          v.strictObject({
            type: v.literal(3),
            name: v.string(),
            content: v.strictObject({
              version: v.literal('KqlItem/1.0'),
              query: named(/^App(?:Traces|Requests)\n(?:\| (?:where|extend|summarize|project|top) .+(?:\n|$))+$/u),
              size: v.literal(0),
              title: v.string(),
              timeContext: v.strictObject({ durationMs: whole(60_000, 30 * 86_400_000) }),
              queryType: v.literal(0),
              resourceType: v.literal('microsoft.operationalinsights/workspaces'),
              visualization: v.picklist(['timechart', 'table']),
            }),
          }),
        ),
      }),
    ),
  }),
  Workspace: v.looseObject({
    workspaceName: dashed(4, 63),
    sku: v.strictObject({ name: v.literal('PerGB2018') }),
    retentionInDays: whole(30, 730),
  }),
  Component: v.looseObject({
    resourceName: dashed(1, 260),
    kind: v.literal('web'),
    retentionInDays: v.picklist([30, 60, 90, 120, 180, 270, 365, 550, 730]),
  }),
  AppServicePlan: v.looseObject({
    name: dashed(1, 60),
    reserved: v.literal(true),
    sku: v.strictObject({ name: v.literal('FC1'), tier: v.literal('FlexConsumption') }),
  }),
  WebApp: v.looseObject({
    name: dashed(2, 60),
    kind: v.literal('functionapp,linux'),
    serverFarmId: id,
    functionAppConfig,
    siteConfig: v.looseObject({ minTlsVersion: v.picklist(['1.2', '1.3']), appSettings: v.array(appSetting) }),
  }),
  WebAppScmAllowed: v.looseObject({ name: dashed(2, 60), allow: v.boolean() }),
  SystemTopic: v.looseObject({
    systemTopicName: named(/^[a-z0-9-]{3,50}$/iu),
    topicType: v.literal('Microsoft.Storage.StorageAccounts'),
    source: id,
  }),
  SystemTopicEventSubscription: subscription,
  ActionGroup: v.looseObject({
    groupShortName: v.pipe(v.string(), v.maxLength(12)),
    location: v.literal('Global'),
    emailReceivers: some(
      v.strictObject({
        name: v.string(),
        emailAddress: v.pipe(v.string(), v.email()),
        useCommonAlertSchema: v.boolean(),
      }),
    ),
  }),
  MetricAlert: v.looseObject({
    ruleName,
    severity,
    location: v.literal('global'),
    scopes: some(id),
    evaluationFrequency: v.picklist(['PT1M', 'PT5M', 'PT15M']),
    windowSize: v.picklist(['PT5M', 'PT15M', 'PT30M', 'PT1H']),
  }),
  ScheduledQueryRule: v.looseObject({
    ruleName,
    severity,
    location,
    kind: v.literal('LogAlert'),
    evaluationFrequency: v.picklist(['PT5M', 'PT10M', 'PT15M', 'PT30M']),
    windowSize: v.picklist(['PT5M', 'PT10M', 'PT15M', 'PT30M', 'PT1H']),
  }),
  WebTest: v.looseObject({
    kind: v.literal('standard'),
    webTestKind: v.literal('standard'),
    frequency: v.picklist([300, 600, 900]),
    timeout: v.picklist([30, 60, 90, 120]),
  }),
  Command: v.strictObject({ create: named(/^node [\w ./=-]+$/u), triggers: v.array(v.string()) }),
}

/** The reasons for which Azure would refuse the request that creates this resource. */
export function faultsOf({ type, inputs }: Made): readonly string[] {
  const schema = SCHEMAS[type]
  if (schema === undefined) return [`${type}: there is no request of this kind`]
  const { issues = [] } = v.safeParse(schema, inputs)
  return issues.map((issue) => `${type}.${v.getDotPath(issue)}: ${issue.message}`)
}
