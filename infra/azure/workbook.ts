import { createHash } from 'node:crypto'
import type { Outcome } from '@ckan-uplink/core'
import * as applicationinsights from '@pulumi/azure-native/applicationinsights/index.js'
import type * as pulumi from '@pulumi/pulumi'
import type { Place } from './place.ts'

const DAY_MS = 86_400_000
const SHOWN: readonly Outcome['kind'][] = ['linked', 'retry', 'parked', 'ignored']

/** Lines of ckan-uplink, which are JSON. */
const LINES = 'AppTraces | where Message startswith "{" | extend line = parse_json(Message)'
const OUTCOMES = `${LINES} | where line.event == "outcome" | extend outcome = tostring(line.outcome)`
const BY_HOUR = 'by bin(TimeGenerated, 1h)'

const PANELS = [
  [
    'Upload URLs',
    'timechart',
    `${LINES} | where line.event == "upload_issued" | summarize issued = count() ${BY_HOUR}`,
  ],
  [
    'Outcomes',
    'timechart',
    `${OUTCOMES} | where outcome in (${SHOWN.map((kind) => `"${kind}"`).join(', ')}) | summarize count() ${BY_HOUR}, outcome`,
  ],
  [
    'Seconds from the upload to its link',
    'timechart',
    `${OUTCOMES} | where outcome == "linked" | summarize median = percentile(todouble(line.seconds), 50), p95 = percentile(todouble(line.seconds), 95) ${BY_HOUR}`,
  ],
  [
    'Answers of the gateway',
    'timechart',
    `AppRequests | where OperationName == "gateway" | summarize count() ${BY_HOUR}, ResultCode`,
  ],
  [
    'Parked messages',
    'table',
    `${OUTCOMES} | where outcome == "parked" | project TimeGenerated, reason = tostring(line.reason), key = tostring(line.key) | top 20 by TimeGenerated`,
  ],
  [
    'Why uploads wait',
    'table',
    `${OUTCOMES} | where outcome == "retry" | summarize times = count(), last = max(TimeGenerated) by cause = tostring(line.cause) | top 20 by times`,
  ],
  [
    'Failures of the gateway, of CKAN among them',
    'table',
    `${LINES} | where line.level == "error" and line.event != "outcome" | summarize times = count(), last = max(TimeGenerated) by event = tostring(line.event), part = coalesce(tostring(line.action), tostring(line.check)), why = coalesce(tostring(line.message), tostring(line.reason)) | top 20 by times`,
  ],
] as const

/**
 * The figures of a deployment from its logs:
 * https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-overview
 */
export function createWorkbook(
  name: string,
  { resourceGroupName, location }: Place,
  workspaceId: pulumi.Output<string>,
  options: pulumi.CustomResourceOptions,
): void {
  new applicationinsights.Workbook(
    name,
    {
      resourceGroupName,
      location,
      resourceName: uuidOf(`ckan-uplink ${name}`),
      kind: 'shared',
      category: 'workbook',
      displayName: `ckan-uplink ${name}`,
      version: 'Notebook/1.0',
      sourceId: workspaceId,
      serializedData: workspaceId.apply((id) => JSON.stringify(workbookOf(id))),
    },
    options,
  )
}

function workbookOf(workspaceId: string) {
  const items = PANELS.map(([title, visualization, query]) => ({
    type: 3,
    content: {
      version: 'KqlItem/1.0',
      query: query.replaceAll(' | ', '\n| '),
      size: 0,
      title,
      timeContext: { durationMs: DAY_MS },
      queryType: 0,
      resourceType: 'microsoft.operationalinsights/workspaces',
      visualization,
    },
    name: title,
  }))
  const $schema = 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json'
  return { version: 'Notebook/1.0', items, fallbackResourceIds: [workspaceId], $schema }
}

/** The same UUID for the same text: Azure names workbooks by UUIDs. */
function uuidOf(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}
