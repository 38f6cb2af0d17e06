import { Duration } from 'aws-cdk-lib'
import type * as apigateway from 'aws-cdk-lib/aws-apigatewayv2'
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import * as logs from 'aws-cdk-lib/aws-logs'
import type * as sqs from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { createAlarmTopic } from './alarm-topic.ts'
import type { AwsEnvironment } from './entry.ts'
import type { AwsFunction } from './names.ts'
import type { UplinkFunction } from './uplink-function.ts'
import type { WebhooksQueue } from './webhooks-queue.ts'

export interface AlarmsProps {
  readonly name: string
  readonly environment: AwsEnvironment
  readonly queue: sqs.Queue
  readonly deadLetterQueue: sqs.Queue
  /** Absent without receivers of events. */
  readonly events: WebhooksQueue | undefined
  readonly functions: Readonly<Record<AwsFunction, UplinkFunction>>
  readonly api: apigateway.HttpApi
}

interface Watch {
  readonly metric: cloudwatch.IMetric
  /** The cause of the alarm and its fix. */
  readonly says: string
  /** The alarm's threshold. Default: 1. */
  readonly from?: number
  /** Whether the end of the alarm means that the fault is over. Then a second mail reports it. Default: true. */
  readonly endsByItself?: boolean
}

const period = Duration.minutes(5)

/** About 20 minutes after the first attempt: the linker doubles its delays, beginning with 10 s. */
const LATE_ATTEMPT = 8

/** Alarms for faults that need an operator, and their ends, by e-mail if the environment has addresses. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    const { name, environment, functions } = props
    const watches = {
      ...queueWatches(props),
      ...this.#logWatches(props),
      ...Object.assign({}, ...Object.values(functions).map(functionWatches)),
    }
    const topic = createAlarmTopic(this, name, environment)
    for (const [alarmId, watch] of Object.entries<Watch>(watches)) {
      const alarm = this.#alarm(alarmId, name, watch)
      if (topic === undefined) continue
      alarm.addAlarmAction(new SnsAction(topic))
      if (watch.endsByItself !== false) alarm.addOkAction(new SnsAction(topic))
    }
  }

  #alarm(id: string, name: string, { metric, says, from = 1 }: Watch): cloudwatch.Alarm {
    return new cloudwatch.Alarm(this, id, {
      alarmName: `ckan-uplink-${name} ${id}`,
      alarmDescription: says,
      metric,
      threshold: from,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    })
  }

  /** Counts lines in the logs of functions. Each line is JSON. */
  #lines(
    id: string,
    name: string,
    functions: readonly UplinkFunction[],
    filterPattern: logs.IFilterPattern,
    every = period,
  ): cloudwatch.Metric {
    const metric = { metricNamespace: `ckan-uplink/${name}`, metricName: id }
    for (const { node, logGroup } of functions)
      new logs.MetricFilter(this, `${id}In${node.id}`, { logGroup, filterPattern, ...metric })
    return new cloudwatch.Metric({ namespace: metric.metricNamespace, metricName: id, statistic: 'Sum', period: every })
  }

  #logWatches({ name, functions: { linker, gateway, reconcile } }: AlarmsProps): Readonly<Record<string, Watch>> {
    const { stringValue, numberValue, all } = logs.FilterPattern
    const late = all(stringValue('$.outcome', '=', 'retry'), numberValue('$.attempt', '>=', LATE_ATTEMPT))
    return {
      Parked: {
        metric: this.#lines('Parked', name, [linker, reconcile], stringValue('$.outcome', '=', 'parked')),
        // The alarm ends after five minutes, but the message stays parked until an operator acts.
        endsByItself: false,
        says: 'An upload could not be linked and was parked with its reason below uplink/parked/ in the bucket: fix the cause, then run parked replay (docs/operations.md).',
      },
      // The age of the oldest message leaves out messages that were received three times, so all that wait for CKAN:
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
      TriedAgain: {
        metric: this.#lines('TriedAgain', name, [linker], late, Duration.hours(1)),
        says: 'An upload has waited for more than 20 minutes, because CKAN is unreachable or refuses the service token: see /readyz of the gateway.',
      },
      NotConfigured: {
        metric: this.#lines('NotConfigured', name, [linker, gateway], stringValue('$.event', '=', 'not_configured')),
        says: 'The functions cannot work: the line not_configured in their logs says why. Usually the secret with the CKAN token does not exist, or holds more than the token.',
      },
    }
  }
}

function queueWatches({ queue, deadLetterQueue, events, api }: AlarmsProps): Readonly<Record<string, Watch>> {
  return {
    DeadLetters: {
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period }),
      says: 'The linker never answered for a message: see its log, fix the cause, then run parked replay --all (docs/operations.md) within 14 days.',
    },
    ...(events && {
      LostEvents: {
        metric: events.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period }),
        says: 'A receiver did not take an event for three days: see the log of the linker, repair the receiver, then run events replay (docs/webhooks.md) within 14 days.',
      },
    }),
    OldestMessage: {
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period }),
      from: Duration.minutes(15).toSeconds(),
      says: 'The linker does not take messages from the queue: check that its event source mapping is enabled and that the account has free Lambda concurrency.',
    },
    GatewayFailures: {
      metric: api.metricServerError({ statistic: 'Sum', period }),
      from: 5,
      says: 'The gateway answers with server errors, or cannot reach CKAN: see /readyz of the gateway, then its log.',
    },
  }
}

function functionWatches({ node, lambda }: UplinkFunction): Readonly<Record<string, Watch>> {
  return {
    [`${node.id}Errors`]: {
      metric: lambda.metricErrors({ period }),
      says: 'The function failed or timed out: see its log.',
    },
    [`${node.id}Throttles`]: {
      metric: lambda.metricThrottles({ period }),
      says: 'A call of the function was throttled: the account has no free Lambda concurrency. Request a higher quota of concurrent executions.',
    },
  }
}
