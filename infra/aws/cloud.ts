import type { Cloud, Verb } from '../cloud.ts'
import { checkAws } from './check.ts'
import { AWS_FIELDS, type AwsEnvironment } from './entry.ts'
import { awsNames } from './names.ts'

const COMMANDS = { deploy: 'deploy', preview: 'diff', destroy: 'destroy' } as const satisfies Record<Verb, string>

export const aws: Cloud<AwsEnvironment> = {
  label: 'AWS',
  fields: AWS_FIELDS,
  check: (_name, environment) => checkAws(environment),
  owned: (_name, { bucket }) => ({ bucket }),
  gatewayPlaceholder({ gatewayBy, gatewayUrl, region }) {
    if (gatewayBy !== 'execute-api' || gatewayUrl !== undefined) return undefined
    return `https://api.execute-api.${region}.amazonaws.com`
  },
  async findGateway(name, { region }) {
    const { findAwsGateway } = await import('@ckan-uplink/operations/clouds/aws')
    return findAwsGateway(region, awsNames(name).functions.linker)
  },
  command: (verb, name) => ['cdk', COMMANDS[verb], '-c', `environment=${name}`],
  async storeSecret(_name, { region }, secret, value) {
    const { storeAwsSecret } = await import('@ckan-uplink/operations/clouds/aws')
    await storeAwsSecret(region, secret, value)
    return 'The deployed functions use it within five minutes.'
  },
  newEntry: async () => (await import('./new-entry.ts')).newEntry,
  projects: ['aws'],
  bundles: async () => (await import('./bundles.ts')).bundles,
  async beforeDeploy(name, { accountId, region, bucket, adopt, ckanToken: { secret }, certificateArn }, client) {
    const { awsBeforeDeploy } = await import('@ckan-uplink/operations/clouds/aws')
    const place = { environment: name, stack: awsNames(name).queue, accountId, region }
    const domain = certificateArn === undefined ? {} : { certificateArn }
    return awsBeforeDeploy({ ...place, bucket, isAdopted: adopt?.bucket === true, secret, ...domain }, client)
  },
  async openLogs(name, { region }) {
    const { openAwsLogs } = await import('@ckan-uplink/operations/clouds/aws')
    const { gateway, linker, reconcile } = awsNames(name).functions
    const groupOf = (functionName: string) => `/aws/lambda/${functionName}`
    return openAwsLogs(region, { gateway: groupOf(gateway), linker: groupOf(linker), reconcile: groupOf(reconcile) })
  },
  async open(name, { region, accountId, alarmEmails = [] }, options) {
    const { openAws } = await import('@ckan-uplink/operations/clouds/aws')
    const {
      topic,
      alarmTopic,
      queue,
      deadLetterQueue,
      webhooksDeadLetterQueue: lostEventsQueue,
      functions,
    } = awsNames(name)
    const topicArn = `arn:aws:sns:${region}:${accountId}:${alarmTopic}`
    const mails = alarmEmails.length > 0 && { mails: { topicArn, addresses: alarmEmails } }
    const queues = { queue, deadLetterQueue, lostEventsQueue }
    return openAws({ region, accountId, topic, ...queues, linker: functions.linker, ...mails }, options)
  },
}
