import * as applicationinsights from '@pulumi/azure-native/applicationinsights/index.js'
import * as monitor from '@pulumi/azure-native/monitor/index.js'
import type { input } from '@pulumi/azure-native/types/index.js'
import type * as pulumi from '@pulumi/pulumi'

/** The receivers of alarms, and the place of the rules. */
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
  /** Reads the tables of https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces. */
  readonly query: string
  /** Alarms above this number of lines in half an hour. */
  readonly threshold: number
}

const ERROR = 1

/**
 * The places that call the gateway:
 * https://learn.microsoft.com/azure/azure-monitor/app/availability#location-population-tags
 */
const OBSERVERS = ['emea-nl-ams-azr', 'us-va-ash-azr']

/** Sends e-mails to these addresses. */
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

/** Alarms if a resource's count is above zero within 15 minutes. */
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

/** Alarms if the address does not answer 200. Two places call it every 15 minutes. */
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
      // This tag links the test to its component: https://learn.microsoft.com/azure/azure-monitor/app/availability
      tags: componentId.apply((id) => ({ [`hidden-link:${id}`]: 'Resource' })),
    },
    options,
  )
  const odataType = 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
  const criteria = { odataType, webTestId: test.id, componentId, failedLocationCount: OBSERVERS.length } as const
  alarmOnMetric(name, alarm, { scopes: [test.id, componentId], criteria }, options)
}

/** Alarms if a query of the logs finds more lines than the threshold. */
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
      // Azure creates a table with its first line, so a new workspace has no tables.
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
