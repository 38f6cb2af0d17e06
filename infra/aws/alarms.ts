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

export interface AlarmsProps {
  readonly name: string
  readonly environment: AwsEnvironment
  readonly queue: sqs.Queue
  readonly deadLetterQueue: sqs.Queue
  readonly functions: Readonly<Record<AwsFunction, UplinkFunction>>
  readonly api: apigateway.HttpApi
}

interface Watch {
  readonly metric: cloudwatch.IMetric
  /** What has happened, and what to do. */
  readonly says: string
  /** Alarms from this value on. */
  readonly from?: number
}

const period = Duration.minutes(5)

/** About 20 minutes after the first: the linker doubles its delays from 10 s on. */
const LATE_ATTEMPT = 8

/** Tells people by e-mail, where the environment names some, when the deployment needs somebody. */
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
      if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic))
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

  /** Counts lines in the logs of functions, which are JSON each. */
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
        says: 'An upload could not be linked and was parked with its reason below uplink/parked/ in the bucket: mend the cause, then parked replay (docs/operations.md).',
      },
      // The age of the oldest message leaves out what was received three times, and so all that waits for CKAN:
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
      TriedAgain: {
        metric: this.#lines('TriedAgain', name, [linker], late, Duration.hours(1)),
        says: 'For 20 minutes and more an upload has waited for CKAN, which cannot be reached or does not take the token of the service: see /readyz of the gateway.',
      },
      NotConfigured: {
        metric: this.#lines('NotConfigured', name, [linker, gateway], stringValue('$.event', '=', 'not_configured')),
        says: 'The functions cannot work: the line not_configured in their logs says why. Most often the secret with the token of CKAN is not there, or holds more than the token.',
      },
    }
  }
}

function queueWatches({ queue, deadLetterQueue, api }: AlarmsProps): Readonly<Record<string, Watch>> {
  return {
    DeadLetters: {
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period }),
      says: "The linker never answered for a message: see the linker's log, mend it, then parked replay --all (docs/operations.md), before they are 14 days old.",
    },
    OldestMessage: {
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period }),
      from: Duration.minutes(15).toSeconds(),
      says: 'Messages wait in the queue and the linker does not take them: see whether its event source mapping is enabled and the account has Lambda functions to spare.',
    },
    GatewayFailures: {
      metric: api.metricServerError({ statistic: 'Sum', period }),
      from: 5,
      says: 'The gateway answers with errors of its own, or cannot reach CKAN: see /readyz of the gateway, then its log.',
    },
  }
}

function functionWatches({ node, lambda }: UplinkFunction): Readonly<Record<string, Watch>> {
  return {
    [`${node.id}Errors`]: {
      metric: lambda.metricErrors({ period }),
      says: 'The function failed or ran out of time: see its log.',
    },
    [`${node.id}Throttles`]: {
      metric: lambda.metricThrottles({ period }),
      says: 'The function was called and not run: the account has no Lambda functions to spare. Ask for a higher quota of concurrent executions.',
    },
  }
}
