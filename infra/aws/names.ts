/** The names of an environment's resources on AWS. The entry itself names the bucket and the secret. */
export interface AwsNames {
  /** Also the name of the stack. */
  readonly queue: string
  readonly deadLetterQueue: string
  /** The queue of events for receivers, which exists only with receivers. */
  readonly webhooksQueue: string
  readonly webhooksDeadLetterQueue: string
  readonly topic: string
  readonly alarmTopic: string
  readonly api: string
  readonly dashboard: string
  readonly functions: Readonly<Record<AwsFunction, string>>
}

export const AWS_FUNCTIONS = ['linker', 'gateway', 'reconcile'] as const
export type AwsFunction = (typeof AWS_FUNCTIONS)[number]

/** The names. They are unique in the account and region if the environment's name is. */
export function awsNames(name: string): AwsNames {
  const stem = `ckan-uplink-${name}`
  return {
    queue: stem,
    deadLetterQueue: `${stem}-dead-letters`,
    webhooksQueue: `${stem}-webhooks`,
    webhooksDeadLetterQueue: `${stem}-webhooks-dead-letters`,
    topic: stem,
    alarmTopic: `${stem}-alarms`,
    api: stem,
    dashboard: stem,
    functions: { linker: `${stem}-linker`, gateway: `${stem}-gateway`, reconcile: `${stem}-reconcile` },
  }
}
