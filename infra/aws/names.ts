/** What the resources of an environment are called at AWS, bucket and secret apart, which it names itself. */
export interface AwsNames {
  /** Of the stack, too. */
  readonly queue: string
  readonly deadLetterQueue: string
  readonly topic: string
  readonly alarmTopic: string
  readonly api: string
  readonly functions: Readonly<Record<AwsFunction, string>>
}

export const AWS_FUNCTIONS = ['linker', 'gateway', 'reconcile'] as const
export type AwsFunction = (typeof AWS_FUNCTIONS)[number]

/** The names, each unique in the account and region as long as the environment's is. */
export function awsNames(name: string): AwsNames {
  const stem = `ckan-uplink-${name}`
  return {
    queue: stem,
    deadLetterQueue: `${stem}-dead-letters`,
    topic: stem,
    alarmTopic: `${stem}-alarms`,
    api: stem,
    functions: { linker: `${stem}-linker`, gateway: `${stem}-gateway`, reconcile: `${stem}-reconcile` },
  }
}
