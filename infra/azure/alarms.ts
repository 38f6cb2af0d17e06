import * as applicationinsights from '@pulumi/azure-native/applicationinsights/index.js'
import * as monitor from '@pulumi/azure-native/monitor/index.js'
import type { input } from '@pulumi/azure-native/types/index.js'
import type * as pulumi from '@pulumi/pulumi'

/** Who is told, and where rules about it are kept. */
export interface Alarm {
  readonly resourceGroupName: pulumi.Input<string>
  readonly location: string
  readonly actionGroupId: pulumi.Input<string>
}

interface MetricAlarm {
  readonly scopes: pulumi.Input<string>[]
  readonly criteria:
    | input.monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs
    | input.monitor.WebtestLocationAvailabilityCriteriaArgs
}

interface LogAlarm {
  readonly workspaceId: pulumi.Input<string>
  /** Over the tables of https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces. */
  readonly query: string
  /** How many lines in half an hour are too many. */
  readonly threshold: number
}

const ERROR = 1

/** From where the gateway is asked: https://learn.microsoft.com/azure/azure-monitor/app/availability#location-population-tags */
const OBSERVERS = ['emea-nl-ams-azr', 'us-va-ash-azr']

/** Has these people told by e-mail. */
export function createActionGroup(
  name: string,
  {
    resourceGroupName,
    emails,
  }: { readonly resourceGroupName: pulumi.Input<string>; readonly emails: readonly string[] },
  options: pulumi.CustomResourceOptions,
): monitor.ActionGroup {
  const emailReceivers = emails.map((emailAddress, index) => ({
    name: `email-${index}`,
    emailAddress,
    useCommonAlertSchema: true,
  }))
  const names = { actionGroupName: `ckan-uplink-${name}`, groupShortName: 'ckan-uplink' }
  return new monitor.ActionGroup(
    name,
    { ...names, resourceGroupName, location: 'Global', enabled: true, emailReceivers },
    options,
  )
}

/** Tells when a count of a resource is above zero in a quarter of an hour. */
export function alarmOnCount(
  name: string,
  alarm: Alarm,
  scope: pulumi.Input<string>,
  metricName: string,
  options: pulumi.CustomResourceOptions,
): void {
  const criterion = {
    name: metricName,
    metricName,
    criterionType: 'StaticThresholdCriterion',
    operator: 'GreaterThan',
    threshold: 0,
    timeAggregation: 'Total',
  } as const
  const criteria = { odataType: 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria' } as const
  alarmOnMetric(name, alarm, { scopes: [scope], criteria: { ...criteria, allOf: [criterion] } }, options)
}

/** Tells when the address doesn't answer 200, asked every quarter of an hour from two places. */
export function alarmOnAddress(
  name: string,
  alarm: Alarm,
  { url, componentId }: { readonly url: string; readonly componentId: pulumi.Output<string> },
  options: pulumi.CustomResourceOptions,
): void {
  const { resourceGroupName, location } = alarm
  const test = new applicationinsights.WebTest(
    name,
    {
      resourceGroupName,
      location,
      webTestName: `ckan-uplink-${name}`,
      syntheticMonitorId: `ckan-uplink-${name}`,
      kind: applicationinsights.WebTestKind.Standard,
      webTestKind: applicationinsights.WebTestKind.Standard,
      enabled: true,
      frequency: 900,
      timeout: 60,
      retryEnabled: true,
      locations: OBSERVERS.map((observer) => ({ location: observer })),
      request: { requestUrl: url, httpVerb: 'GET' },
      validationRules: { expectedHttpStatusCode: 200 },
      // By which the test finds its component: https://learn.microsoft.com/azure/azure-monitor/app/availability
      tags: componentId.apply((id) => ({ [`hidden-link:${id}`]: 'Resource' })),
    },
    options,
  )
  const odataType = 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
  const criteria = { odataType, webTestId: test.id, componentId, failedLocationCount: OBSERVERS.length } as const
  alarmOnMetric(name, alarm, { scopes: [test.id, componentId], criteria }, options)
}

/** Tells when a query of the logs finds more lines than it may. */
export function alarmOnLogs(
  name: string,
  alarm: Alarm,
  { workspaceId, query, threshold }: LogAlarm,
  options: pulumi.CustomResourceOptions,
): void {
  const { resourceGroupName, location, actionGroupId } = alarm
  const failingPeriods = { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
  new monitor.ScheduledQueryRule(
    name,
    {
      resourceGroupName,
      location,
      ruleName: `ckan-uplink-${name}`,
      kind: monitor.Kind.LogAlert,
      enabled: true,
      severity: ERROR,
      scopes: [workspaceId],
      evaluationFrequency: 'PT15M',
      windowSize: 'PT30M',
      criteria: { allOf: [{ query, timeAggregation: 'Count', operator: 'GreaterThan', threshold, failingPeriods }] },
      autoMitigate: true,
      // Tables come to be with their first lines, which a new workspace hasn't got.
      skipQueryValidation: true,
      actions: { actionGroups: [actionGroupId] },
    },
    options,
  )
}

function alarmOnMetric(
  name: string,
  { resourceGroupName, actionGroupId }: Alarm,
  { scopes, criteria }: MetricAlarm,
  options: pulumi.CustomResourceOptions,
): void {
  new monitor.MetricAlert(
    name,
    {
      resourceGroupName,
      ruleName: `ckan-uplink-${name}`,
      location: 'global',
      enabled: true,
      severity: ERROR,
      scopes,
      criteria,
      evaluationFrequency: 'PT5M',
      windowSize: 'PT15M',
      actions: [{ actionGroupId }],
    },
    options,
  )
}
