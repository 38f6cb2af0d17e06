import { describe, expect, it } from 'vitest'
import { least, most } from './support/environments.ts'
import { synthesise } from './support/synthesise.ts'

describe('alarms', () => {
  it('watch every fault that needs an operator, say what to do, and do not alarm without data', () => {
    const { all } = synthesise('staging', most)
    const alarms = all('CloudWatch::Alarm').map(({ Properties }) => Properties)
    expect(
      alarms
        .map(
          ({ AlarmName, Namespace, MetricName, Threshold }) =>
            `${AlarmName}: ${Namespace} ${MetricName} from ${Threshold}`,
        )
        .toSorted(),
    ).toEqual([
      'ckan-uplink-staging DeadLetters: AWS/SQS ApproximateNumberOfMessagesVisible from 1',
      'ckan-uplink-staging GatewayErrors: AWS/Lambda Errors from 1',
      'ckan-uplink-staging GatewayFailures: AWS/ApiGateway 5xx from 5',
      'ckan-uplink-staging GatewayThrottles: AWS/Lambda Throttles from 1',
      'ckan-uplink-staging LinkerErrors: AWS/Lambda Errors from 1',
      'ckan-uplink-staging LinkerThrottles: AWS/Lambda Throttles from 1',
      'ckan-uplink-staging LostEvents: AWS/SQS ApproximateNumberOfMessagesVisible from 1',
      'ckan-uplink-staging NotConfigured: ckan-uplink/staging NotConfigured from 1',
      'ckan-uplink-staging OldestMessage: AWS/SQS ApproximateAgeOfOldestMessage from 900',
      'ckan-uplink-staging Parked: ckan-uplink/staging Parked from 1',
      'ckan-uplink-staging ReconcileErrors: AWS/Lambda Errors from 1',
      'ckan-uplink-staging ReconcileThrottles: AWS/Lambda Throttles from 1',
      'ckan-uplink-staging TriedAgain: ckan-uplink/staging TriedAgain from 1',
    ])
    for (const alarm of alarms) {
      expect(alarm).toMatchObject({
        AlarmDescription: expect.stringMatching(/: .*\.$/u),
        TreatMissingData: 'notBreaching',
        EvaluationPeriods: 1,
      })
    }
  })

  it('read the metrics of the right queue and function', () => {
    const { only } = synthesise('staging', most)
    const dimension = (alarm: string) =>
      (
        only('CloudWatch::Alarm', `Alarms${alarm}`).Properties['Dimensions'] as readonly { readonly Value: unknown }[]
      )[0]?.Value
    expect(dimension('DeadLetters')).toEqual({ 'Fn::GetAtt': [only('SQS::Queue', 'DeadLetter').id, 'QueueName'] })
    expect(dimension('LostEvents')).toEqual({ 'Fn::GetAtt': [only('SQS::Queue', 'WebhooksDead').id, 'QueueName'] })
    expect(dimension('OldestMessage')).toEqual({ 'Fn::GetAtt': [only('SQS::Queue', 'PipelineQueue').id, 'QueueName'] })
    expect(dimension('GatewayFailures')).toEqual({ Ref: only('ApiGatewayV2::Api').id })
    for (const kind of ['Linker', 'Gateway', 'Reconcile']) {
      const name = { Ref: only('Lambda::Function', `${kind}Function`).id }
      expect([dimension(`${kind}Errors`), dimension(`${kind}Throttles`)]).toEqual([name, name])
    }
  })

  it('count lines in the logs as the functions write them', () => {
    const { all, resources } = synthesise('staging', least)
    const nameOf = (reference: unknown) =>
      resources.find(({ id }) => id === (reference as Record<string, string>)['Ref'])?.Properties['LogGroupName']
    expect(
      all('Logs::MetricFilter').map(({ Properties }) => [
        nameOf(Properties['LogGroupName']),
        Properties['FilterPattern'],
      ]),
    ).toEqual([
      ['/aws/lambda/ckan-uplink-staging-linker', '{ $.outcome = "parked" }'],
      ['/aws/lambda/ckan-uplink-staging-reconcile', '{ $.outcome = "parked" }'],
      ['/aws/lambda/ckan-uplink-staging-linker', '{ ($.outcome = "retry") && ($.attempt >= 8) }'],
      ['/aws/lambda/ckan-uplink-staging-linker', '{ $.event = "not_configured" }'],
      ['/aws/lambda/ckan-uplink-staging-gateway', '{ $.event = "not_configured" }'],
    ])
  })

  it('send mails to the addresses of the environment, by a topic to which CloudWatch may publish', () => {
    const { all, only } = synthesise('staging', most)
    const topic = { Ref: only('SNS::Topic', 'Alarms').id }
    for (const { Properties } of all('CloudWatch::Alarm')) expect(Properties['AlarmActions']).toEqual([topic])
    const withoutAllClear = all('CloudWatch::Alarm').filter(({ Properties }) => Properties['OKActions'] === undefined)
    expect(withoutAllClear.map(({ Properties }) => Properties['AlarmName'])).toEqual(['ckan-uplink-staging Parked'])
    for (const { Properties } of all('CloudWatch::Alarm'))
      expect([[topic], undefined]).toContainEqual(Properties['OKActions'])
    expect(only('SNS::Subscription', 'opsexampleorg').Properties).toEqual({
      Protocol: 'email',
      TopicArn: topic,
      Endpoint: 'ops@example.org',
    })
    const { Statement } = only('SNS::TopicPolicy', 'Alarms').Properties['PolicyDocument'] as {
      readonly Statement: readonly unknown[]
    }
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: {
          StringEquals: { 'aws:SourceAccount': '123456789012' },
          ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:*' },
        },
      }),
    )
  })

  it('exist without mails if the environment has no addresses', () => {
    const { all } = synthesise('staging', least)
    expect(all('SNS::Topic')).toHaveLength(1)
    for (const { Properties } of all('CloudWatch::Alarm')) expect(Properties).not.toHaveProperty('AlarmActions')
  })
})
