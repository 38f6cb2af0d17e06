import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readGatewayConfig, readLinkerConfig, settingNames } from '@ckan-uplink/aws'
import type { CloudAssembly } from 'aws-cdk-lib/cx-api'
import { beforeAll, describe, expect, it } from 'vitest'
import { settingsOf } from '../../environment-settings.ts'
import { packageFunction } from '../bundle-function.ts'
import { createDeployment } from '../deployment.ts'
import type { AwsFunction } from '../names.ts'
import { least, most } from './support/environments.ts'
import { rightsOf } from './support/rights.ts'
import { createApp, type Resource, type Synthesised, synthesise } from './support/synthesise.ts'

const KINDS = ['linker', 'gateway', 'reconcile'] as const satisfies readonly AwsFunction[]
const IDS = { linker: 'Linker', gateway: 'UploadGateway', reconcile: 'Reconcile' } as const

/** The layer of OpenTelemetry reads these. */
const OF_LAYER = /^(?:OTEL_|AWS_LAMBDA_EXEC_WRAPPER$)/u

function variablesOf({ only }: Synthesised, kind: AwsFunction): Readonly<Record<string, unknown>> {
  return (
    only('Lambda::Function', IDS[kind]).Properties['Environment'] as { readonly Variables: Record<string, unknown> }
  ).Variables
}

describe('the deployed code', () => {
  let deployed: CloudAssembly

  beforeAll(async () => {
    const app = createApp()
    await createDeployment(app, 'staging', least)
    deployed = app.synth()
  })

  /** The folder of the function's code in the template. */
  function codeOf(kind: AwsFunction): string {
    const { template } = deployed.getStackArtifact('ckan-uplink-staging')
    const { Code } =
      Object.values<Resource>(template.Resources).find(
        ({ Properties }) => Properties['FunctionName'] === `ckan-uplink-staging-${kind}`,
      )?.Properties ?? {}
    return join(
      deployed.directory,
      `asset.${(Code as { readonly S3Key: string }).S3Key.replace('.zip', '')}`,
      'index.mjs',
    )
  }

  it.each(KINDS)(
    'is the output of npm run build, byte by byte, with the handler that Lambda calls: %s',
    async (kind) => {
      expect(await readFile(codeOf(kind), 'utf8')).toBe((await packageFunction(kind))['index.mjs'])
      expect(await import(codeOf(kind))).toMatchObject({ handler: expect.any(Function) })
    },
  )
})

describe.each(KINDS)('the %s', (kind) => {
  it('runs on its version of Node', () => {
    const { only } = synthesise('staging', least)
    expect(only('Lambda::Function', IDS[kind]).Properties).toMatchObject({
      FunctionName: `ckan-uplink-staging-${kind}`,
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    })
  })

  it('gets exactly the settings that it reads', () => {
    const names = settingNames(kind === 'gateway' ? 'gateway' : 'linker')
    const own = Object.keys(variablesOf(synthesise('staging', most), kind)).filter((name) => !OF_LAYER.test(name))
    expect(own.toSorted()).toEqual(names.toSorted())
  })

  it('is traced by the layer of OpenTelemetry only if the environment says so', () => {
    const traced = synthesise('staging', most)
    expect(traced.only('Lambda::Function', IDS[kind]).Properties).toMatchObject({
      Layers: [most.openTelemetry.layerArn],
      TracingConfig: { Mode: 'Active' },
    })
    expect(variablesOf(traced, kind)).toMatchObject({
      AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-instrument',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://otel.example.org/v1/traces',
    })
    const { Layers, TracingConfig } = synthesise('staging', least).only('Lambda::Function', IDS[kind]).Properties
    expect([Layers, TracingConfig]).toEqual([undefined, undefined])
  })

  it.each([
    ['the least', least],
    ['the most', most],
  ])('starts with the settings of the environment with the fields: %s', (_, environment) => {
    const synthesised = synthesise('staging', environment)
    const { QUEUE_URL, GATEWAY_URL, WEBHOOK_QUEUE_URL, ...texts } = variablesOf(synthesised, kind)
    const { gatewayUrl } = settingsOf(environment)
    expect(GATEWAY_URL).toEqual(environment.gatewayUrl ?? synthesised.outputs['apiEndpoint'])
    const { grantSecret, webhookSecret } = environment
    const eventQueueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/ckan-uplink-staging-webhooks'
    const given = { ...texts, GATEWAY_URL: gatewayUrl, ...(webhookSecret && { WEBHOOK_QUEUE_URL: eventQueueUrl }) }
    expect(WEBHOOK_QUEUE_URL).toEqual(webhookSecret && { Ref: synthesised.only('SQS::Queue', 'WebhooksQueue').id })
    const events = webhookSecret && { eventQueueUrl }
    const grants = grantSecret && { grantSecret: grantSecret.secret }
    if (kind === 'gateway') {
      expect([QUEUE_URL, readGatewayConfig(given)]).toEqual([
        undefined,
        { settings: settingsOf(environment), ...grants, ...events },
      ])
      return
    }
    expect(QUEUE_URL).toEqual({ Ref: synthesised.only('SQS::Queue', 'PipelineQueue').id })
    const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/ckan-uplink-staging'
    expect(readLinkerConfig({ ...given, QUEUE_URL: queueUrl })).toEqual({
      settings: settingsOf(environment),
      tokenSecret: 'ckan-uplink/staging',
      queueUrl,
      maxReceives: 100,
      ...events,
      ...(webhookSecret && { webhookSecret: webhookSecret.secret }),
    })
  })

  it('writes to its own log, which is kept for three months', () => {
    const { only } = synthesise('staging', least)
    const log = only('Logs::LogGroup', IDS[kind])
    expect(log.Properties).toMatchObject({
      LogGroupName: `/aws/lambda/ckan-uplink-staging-${kind}`,
      RetentionInDays: 90,
    })
    expect(only('Lambda::Function', IDS[kind]).Properties).toMatchObject({
      LoggingConfig: { LogGroup: { Ref: log.id } },
    })
  })

  it('may be called only by its own callers', () => {
    const { all, only } = synthesise('staging', least)
    const { id } = only('Lambda::Function', IDS[kind])
    const callers = all('Lambda::Permission').filter(({ Properties }) =>
      JSON.stringify(Properties['FunctionName']).includes(`"${id}"`),
    )
    const expected = {
      linker: [],
      gateway: ['apigateway.amazonaws.com'],
      reconcile: ['events.amazonaws.com', 'events.amazonaws.com'],
    }
    expect(callers.map(({ Properties }) => Properties['Principal'])).toEqual(expected[kind])
    for (const { Properties } of callers) expect(Properties).toHaveProperty('SourceArn')
  })
})

describe('the rights of', () => {
  const files = ['arn:aws:s3:::open-data/uploads/open/*']
  const uploads = ['arn:aws:s3:::open-data/images/*', ...files]
  const records = ['arn:aws:s3:::open-data/uplink/*']
  const openUploads = ['arn:aws:s3:::open-data/uplink/open/*', 'arn:aws:s3:::open-data/uplink/quotas/*/open/*']
  const lines = (actions: readonly string[], resources: readonly string[]) =>
    actions.flatMap((action) => resources.map((resource) => `Allow ${action} ${resource}`))
  const common = (kind: AwsFunction) => [
    ...lines(['s3:ListBucket'], ['arn:aws:s3:::open-data']),
    ...lines(['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], ['*']),
    ...lines(
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      [`AWS::Logs::LogGroup /aws/lambda/ckan-uplink-staging-${kind}`],
    ),
  ]

  const readingOf = (secret: string) =>
    lines(
      ['secretsmanager:GetSecretValue'],
      [`arn:aws:secretsmanager:eu-central-1:123456789012:secret:${secret}-??????`],
    )
  const secret = readingOf('ckan-uplink/staging')

  it('the linker allow it to read and remove uploads, to keep records, and to receive from its own queue', () => {
    const take = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']
    expect(rightsOf(synthesise('staging', most), IDS.linker)).toEqual(
      [
        ...common('linker'),
        ...secret,
        ...lines(['s3:DeleteObject', 's3:GetObject'], uploads),
        ...lines(['s3:GetObject', 's3:PutObject'], records),
        ...lines(['s3:DeleteObject'], openUploads),
        ...lines(take, ['AWS::SQS::Queue ckan-uplink-staging']),
        ...lines([...take, 'sqs:SendMessage'], ['AWS::SQS::Queue ckan-uplink-staging-webhooks']),
        ...readingOf('ckan-uplink/webhooks'),
      ].toSorted(),
    )
  })

  it('the gateway allow the requests of its URLs and its records, to send events, but no other queue and no CKAN token', () => {
    const inParts = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
    expect(rightsOf(synthesise('staging', most), IDS.gateway)).toEqual(
      [
        ...common('gateway'),
        ...readingOf('ckan-uplink/grants'),
        ...lines(['s3:GetObject', 's3:PutObject'], uploads),
        ...lines(inParts, files),
        ...lines(['sqs:SendMessage'], ['AWS::SQS::Queue ckan-uplink-staging-webhooks']),
        ...lines(['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], records),
        ...lines(['s3:GetObject', 's3:PutObject'], ['arn:aws:s3:::open-data/filestore/*']),
      ].toSorted(),
    )
    expect(rightsOf(synthesise('staging', least), IDS.gateway).join()).not.toMatch(/filestore|xray/u)
  })

  it('the reconciliation allow it to read uploads, to keep records, and to remove both with all versions', () => {
    expect(rightsOf(synthesise('staging', most), IDS.reconcile)).toEqual(
      [
        ...common('reconcile'),
        ...secret,
        ...lines(['s3:ListBucketVersions'], ['arn:aws:s3:::open-data']),
        ...lines(['sqs:SendMessage'], ['AWS::SQS::Queue ckan-uplink-staging-webhooks']),
        ...lines(['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:GetObject'], uploads),
        ...lines(['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], records),
      ].toSorted(),
    )
  })
})
