import type { Outcome } from '@ckan-uplink/core'
import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { type AwsFunction, awsNames } from './names.ts'
import type { UplinkFunction } from './uplink-function.ts'

export interface DashboardProps {
  readonly name: string
  readonly queue: sqs.Queue
  readonly deadLetterQueue: sqs.Queue
  readonly functions: Readonly<Record<AwsFunction, UplinkFunction>>
  readonly api: apigateway.HttpApi
}

const { LINE, TABLE } = cloudwatch.LogQueryVisualizationType
const SHOWN = ['linked', 'retry', 'parked', 'ignored'] as const
/** A dashboard has 24 columns. */
const SIZE = { width: 12, height: 6 } as const

/**
 * The figures of a deployment, from its logs and from the metrics that AWS has anyway. Queries run when somebody looks:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { name, queue, deadLetterQueue, functions, api }: DashboardProps) {
    super(scope, id)
    const { gateway, linker, reconcile } = functions
    const linking = [linker, reconcile]
    new cloudwatch.Dashboard(this, 'Figures', {
      dashboardName: awsNames(name).dashboard,
      widgets: [
        [
          logWidget(
            'Upload URLs',
            LINE,
            [gateway],
            'filter event = "upload_issued" | stats count(*) as issued by bin(1h)',
          ),
          logWidget(
            'Outcomes',
            LINE,
            linking,
            `filter event = "outcome" | stats ${SHOWN.map(countOf).join(', ')} by bin(1h)`,
          ),
        ],
        [
          logWidget(
            'Seconds from the upload to its link',
            LINE,
            [linker],
            'filter outcome = "linked" | stats pct(seconds, 50) as median, pct(seconds, 95) as p95 by bin(1h)',
          ),
          new cloudwatch.GraphWidget({
            ...SIZE,
            title: 'Messages that wait',
            left: [
              queue.metricApproximateNumberOfMessagesVisible({ label: 'ready' }),
              queue.metricApproximateNumberOfMessagesNotVisible({ label: 'to be tried again' }),
              deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'dead letters' }),
            ],
          }),
        ],
        [
          logWidget(
            'Parked messages',
            TABLE,
            linking,
            'filter outcome = "parked" | fields @timestamp, reason, key | sort @timestamp desc | limit 20',
          ),
          logWidget(
            'Why uploads wait',
            TABLE,
            linking,
            'filter outcome = "retry" | stats count(*) as times, max(@timestamp) as last by cause | sort times desc | limit 20',
          ),
        ],
        [
          logWidget(
            'Failures of the gateway, of CKAN among them',
            TABLE,
            [gateway],
            'filter level = "error" | fields coalesce(action, check) as part, coalesce(message, reason) as why | stats count(*) as times, max(@timestamp) as last by event, part, why | sort times desc | limit 20',
          ),
          new cloudwatch.GraphWidget({
            ...SIZE,
            title: 'Answers of the gateway',
            left: [
              api.metricCount({ label: 'requests', statistic: 'Sum' }),
              api.metricClientError({ label: 'refused (4xx)', statistic: 'Sum' }),
              api.metricServerError({ label: 'failed (5xx)', statistic: 'Sum' }),
            ],
          }),
        ],
      ],
    })
  }
}

/** Counts the lines with this outcome. A comparison is no number in this language. */
function countOf(outcome: Outcome['kind']): string {
  return `sum(strcontains(outcome, "${outcome}")) as ${outcome}`
}

function logWidget(
  title: string,
  view: cloudwatch.LogQueryVisualizationType,
  functions: readonly UplinkFunction[],
  query: string,
): cloudwatch.LogQueryWidget {
  const logGroupNames = functions.map(({ logGroup }) => logGroup.logGroupName)
  return new cloudwatch.LogQueryWidget({ ...SIZE, title, view, logGroupNames, queryLines: query.split(' | ') })
}
