import { describe, expect, it } from 'vitest'
import { checkoutVersion } from '../../checkout-version.ts'
import { least, most } from './support/environments.ts'
import { createApp, declareIn, synthesise } from './support/synthesise.ts'

describe('a deployment', () => {
  it('has outputs for the gateway, the bucket and both queues with the names of every cloud', () => {
    const { outputs, only } = synthesise('staging', most)
    expect(outputs).toMatchObject({
      gatewayUrl: 'https://uploads.example.org',
      bucket: 'open-data',
      version: checkoutVersion(),
    })
    expect(outputs['queue']).toEqual({ 'Fn::GetAtt': [only('SQS::Queue', 'PipelineQueue').id, 'QueueName'] })
    expect(outputs['deadLetterQueue']).toEqual({
      'Fn::GetAtt': [only('SQS::Queue', 'DeadLetterQueue').id, 'QueueName'],
    })
    expect(only('SQS::Queue', 'PipelineQueue').Properties).toMatchObject({ QueueName: 'ckan-uplink-staging' })
    expect(only('SQS::Queue', 'DeadLetterQueue').Properties).toMatchObject({
      QueueName: 'ckan-uplink-staging-dead-letters',
    })
  })

  it('is one stack in the account and region of the environment, with its name', () => {
    const { stackName, account, region } = declareIn(createApp(), 'staging', least)
    expect({ stackName, account, region }).toEqual({
      stackName: 'ckan-uplink-staging',
      account: '123456789012',
      region: 'eu-central-1',
    })
  })

  it('creates only the resources of the environment, and no helper of the CDK', () => {
    const { resources } = synthesise('staging', least)
    const made = Object.groupBy(resources, ({ Type }) => Type.replace('AWS::', ''))
    expect(Object.fromEntries(Object.entries(made).map(([type, some]) => [type, some?.length]))).toEqual({
      'ApiGatewayV2::Api': 1,
      'ApiGatewayV2::Integration': 1,
      'ApiGatewayV2::Route': 1,
      'ApiGatewayV2::Stage': 1,
      'CloudWatch::Alarm': 12,
      'CloudWatch::Dashboard': 1,
      'Events::Rule': 2,
      'IAM::Role': 3,
      'Lambda::EventInvokeConfig': 1,
      'Lambda::EventSourceMapping': 1,
      'Lambda::Function': 3,
      'Lambda::Permission': 3,
      'Logs::LogGroup': 4,
      'Logs::MetricFilter': 5,
      'S3::Bucket': 1,
      'S3::BucketPolicy': 1,
      'SNS::Subscription': 1,
      'SNS::Topic': 1,
      'SNS::TopicPolicy': 1,
      'SQS::Queue': 2,
      'SQS::QueuePolicy': 2,
    })
  })

  it('tags all its resources', () => {
    const { resources } = synthesise('staging', least)
    for (const type of ['S3::Bucket', 'SQS::Queue', 'SNS::Topic', 'Lambda::Function', 'IAM::Role', 'Logs::LogGroup']) {
      for (const { Properties } of resources.filter(({ Type }) => Type === `AWS::${type}`)) {
        expect(Properties['Tags']).toEqual([
          { Key: 'environment', Value: 'staging' },
          { Key: 'project', Value: 'ckan-uplink' },
        ])
      }
    }
  })

  it('keeps only the bucket and its policy when it is removed', () => {
    const { resources } = synthesise('staging', least)
    const kept = resources.filter(
      ({ DeletionPolicy, UpdateReplacePolicy }) => DeletionPolicy === 'Retain' || UpdateReplacePolicy === 'Retain',
    )
    expect(
      kept.map(({ Type, DeletionPolicy, UpdateReplacePolicy }) => ({ Type, DeletionPolicy, UpdateReplacePolicy })),
    ).toEqual([
      { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
      { Type: 'AWS::S3::BucketPolicy', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' },
    ])
  })

  it('holds no secret', () => {
    const { resources } = synthesise('staging', most)
    expect(resources.filter(({ Type }) => Type.startsWith('AWS::SecretsManager'))).toEqual([])
    expect(JSON.stringify(resources)).not.toContain('resolve:secretsmanager')
  })
})

describe('the address of the gateway', () => {
  it('is its custom domain, the only way in, with a DNS record if the zone is known', () => {
    const { only, outputs } = synthesise('staging', most)
    const domain = only('ApiGatewayV2::DomainName')
    expect(domain.Properties).toMatchObject({
      DomainName: 'uploads.example.org',
      DomainNameConfigurations: [{ CertificateArn: most.certificateArn, EndpointType: 'REGIONAL' }],
    })
    expect(only('ApiGatewayV2::ApiMapping').Properties).toMatchObject({
      DomainName: { Ref: domain.id },
      Stage: only('ApiGatewayV2::Stage').Properties['StageName'],
    })
    expect(only('ApiGatewayV2::Api').Properties).toMatchObject({ DisableExecuteApiEndpoint: true })
    expect(only('Route53::RecordSet').Properties).toMatchObject({
      HostedZoneId: 'Z0123456789ABCDEFGHIJ',
      Type: 'A',
      AliasTarget: { DNSName: { 'Fn::GetAtt': [domain.id, 'RegionalDomainName'] } },
    })
    expect(outputs).toMatchObject({ dnsTarget: { 'Fn::GetAtt': [domain.id, 'RegionalDomainName'] } })
  })

  it('has an output for a DNS record by hand if the zone is unknown', () => {
    const { hostedZoneId: _, ...zoneElsewhere } = most
    const { all, outputs } = synthesise('staging', zoneElsewhere)
    expect(all('Route53::RecordSet')).toEqual([])
    expect(outputs).toHaveProperty('dnsTarget')
  })

  it('is the API itself for a trial, and linked URLs begin with it', () => {
    const { all, only, outputs } = synthesise('staging', least)
    const apiEndpoint = { 'Fn::GetAtt': [only('ApiGatewayV2::Api').id, 'ApiEndpoint'] }
    expect(outputs).toMatchObject({ gatewayUrl: apiEndpoint, apiEndpoint })
    expect(all('ApiGatewayV2::DomainName')).toEqual([])
    for (const { Properties } of all('Lambda::Function'))
      expect(Properties).toMatchObject({ Environment: { Variables: { GATEWAY_URL: apiEndpoint } } })
  })

  it('can be a proxy before the API', () => {
    const { only, all, outputs } = synthesise('staging', { ...least, gatewayUrl: 'https://cdn.example.org' })
    expect(outputs).toMatchObject({
      gatewayUrl: 'https://cdn.example.org',
      apiEndpoint: { 'Fn::GetAtt': [only('ApiGatewayV2::Api').id, 'ApiEndpoint'] },
    })
    for (const { Properties } of all('Lambda::Function'))
      expect(Properties).toMatchObject({ Environment: { Variables: { GATEWAY_URL: 'https://cdn.example.org' } } })
  })

  it('passes every request on unchanged, preflights too, throttles, and logs neither callers nor signatures', () => {
    const { only } = synthesise('staging', most)
    expect(only('ApiGatewayV2::Api').Properties).not.toHaveProperty('CorsConfiguration')
    expect(only('ApiGatewayV2::Route').Properties).toMatchObject({ RouteKey: '$default', AuthorizationType: 'NONE' })
    expect(only('ApiGatewayV2::Integration').Properties).toMatchObject({
      PayloadFormatVersion: '2.0',
      IntegrationType: 'AWS_PROXY',
    })
    const { DefaultRouteSettings, AccessLogSettings, AutoDeploy } = only('ApiGatewayV2::Stage').Properties
    expect(AutoDeploy).toBe(true)
    expect(DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 200, ThrottlingRateLimit: 100 })
    const { Format, DestinationArn } = AccessLogSettings as Record<string, string>
    expect(DestinationArn).toEqual({ 'Fn::GetAtt': [only('Logs::LogGroup', 'AccessLog').id, 'Arn'] })
    expect(Object.values(JSON.parse(Format ?? ''))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/sourceIp|userAgent|query|header|authorizer/iu)]),
    )
  })
})
