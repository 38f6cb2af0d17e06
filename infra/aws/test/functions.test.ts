import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfig, settingNames } from '@ckan-uplink/aws'
import { describe, expect, it } from 'vitest'
import type { AwsFunction } from '../../aws-names.ts'
import { bundleForNode } from '../../bundle-node.ts'
import { settingsOf } from '../../environment-settings.ts'
import { bundleFunctions } from '../bundle-functions.ts'
import { createDeployment } from '../deployment.ts'
import { least, most } from './support/environments.ts'
import { rightsOf } from './support/rights.ts'
import { createApp, type Synthesised, synthesise } from './support/synthesise.ts'

const KINDS = ['linker', 'gateway', 'reconcile'] as const satisfies readonly AwsFunction[]
const IDS = { linker: 'Linker', gateway: 'UploadGateway', reconcile: 'Reconcile' } as const

function variablesOf({ only }: Synthesised, kind: AwsFunction): Readonly<Record<string, unknown>> {
  return (only('Lambda::Function', IDS[kind]).Properties['Environment'] as { readonly Variables: Record<string, unknown> }).Variables
}

describe.each(KINDS)('the %s', (kind) => {
  it('runs what npm run build makes, byte by byte', async () => {
    const app = createApp()
    const { artifactId } = await createDeployment(app, 'staging', least)
    const assembly = app.synth()
    const resources = Object.entries<{ readonly Properties: { readonly Code: { readonly S3Key: string } } }>(
      assembly.getStackArtifact(artifactId).template.Resources,
    )
    const code = resources.find(([id]) => id.includes(`${IDS[kind]}Function`))?.[1].Properties.Code
    const made = readFile(join(assembly.directory, `asset.${code?.S3Key.replace('.zip', '')}`, 'index.mjs'), 'utf8')
    expect(await made).toBe(await bundleForNode(`@ckan-uplink/aws/${kind}`))
  })

  it('has a handler where Lambda looks for it, on the Node that it is made for', async () => {
    const folders = await bundleFunctions()
    expect(await import(join(folders[kind], 'index.mjs'))).toMatchObject({ handler: expect.any(Function) })
    const { only } = await synthesise('staging', least)
    expect(only('Lambda::Function', IDS[kind]).Properties).toMatchObject({
      FunctionName: `ckan-uplink-staging-${kind}`,
      Handler: 'index.handler',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
    })
  })

  it('gets every setting that it reads and no other', async () => {
    expect(Object.keys(variablesOf(await synthesise('staging', most), kind)).toSorted()).toEqual(settingNames().toSorted())
  })

  it.each([
    ['the least', least],
    ['the most', most],
  ])('starts with the settings of the environment that says %s', async (_, environment) => {
    const synthesised = await synthesise('staging', environment)
    const { QUEUE_URL, GATEWAY_URL, ...texts } = variablesOf(synthesised, kind)
    expect(QUEUE_URL).toEqual({ Ref: synthesised.only('SQS::Queue', 'PipelineQueue').id })
    const { gatewayUrl } = settingsOf(environment)
    expect(GATEWAY_URL).toEqual(environment.gatewayUrl ?? synthesised.outputs['apiEndpoint'])
    const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/ckan-uplink-staging'
    expect(readConfig({ ...texts, GATEWAY_URL: gatewayUrl, QUEUE_URL: queueUrl })).toEqual({
      settings: settingsOf(environment),
      tokenSecret: 'ckan-uplink/staging',
      queueUrl,
      maxReceives: 100,
    })
  })

  it('writes to a log of its own, which is kept for three months', async () => {
    const { only } = await synthesise('staging', least)
    const log = only('Logs::LogGroup', `${IDS[kind]}`)
    expect(log.Properties).toMatchObject({ LogGroupName: `/aws/lambda/ckan-uplink-staging-${kind}`, RetentionInDays: 90 })
    expect(only('Lambda::Function', IDS[kind]).Properties).toMatchObject({ LoggingConfig: { LogGroup: { Ref: log.id } } })
  })

  it('may be called by what calls it, and by nobody else', async () => {
    const { all, only } = await synthesise('staging', least)
    const { id } = only('Lambda::Function', IDS[kind])
    const callers = all('Lambda::Permission').filter(({ Properties }) => JSON.stringify(Properties['FunctionName']).includes(`"${id}"`))
    const expected = { linker: [], gateway: ['apigateway.amazonaws.com'], reconcile: ['events.amazonaws.com'] }
    expect(callers.map(({ Properties }) => Properties['Principal'])).toEqual(expected[kind])
    for (const { Properties } of callers) expect(Properties).toHaveProperty('SourceArn')
  })
})

describe('the rights of', () => {
  const files = ['arn:aws:s3:::open-data/images/*', 'arn:aws:s3:::open-data/uploads/open/*']
  const records = ['arn:aws:s3:::open-data/uplink/*']
  const lines = (actions: readonly string[], resources: readonly string[]) =>
    actions.flatMap((action) => resources.map((resource) => `Allow ${action} ${resource}`))
  const common = (kind: AwsFunction) => [
    ...lines(['s3:ListBucket'], ['arn:aws:s3:::open-data']),
    ...lines(['secretsmanager:GetSecretValue'], ['arn:aws:secretsmanager:eu-central-1:123456789012:secret:ckan-uplink/staging-??????']),
    ...lines(['logs:CreateLogStream', 'logs:PutLogEvents'], [`AWS::Logs::LogGroup /aws/lambda/ckan-uplink-staging-${kind}`]),
  ]

  it('the linker are to read files, to keep records, and to take from its one queue', async () => {
    const take = ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage']
    expect(rightsOf(await synthesise('staging', most), IDS.linker)).toEqual(
      [
        ...common('linker'),
        ...lines(['s3:GetObject'], files),
        ...lines(['s3:GetObject', 's3:PutObject'], records),
        ...lines(take, ['AWS::SQS::Queue ckan-uplink-staging']),
      ].toSorted(),
    )
  })

  it('the gateway are what its URLs are to do, and its records; it reaches no queue', async () => {
    const inParts = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
    expect(rightsOf(await synthesise('staging', most), IDS.gateway)).toEqual(
      [
        ...common('gateway'),
        ...lines(['s3:GetObject', 's3:PutObject', ...inParts], files),
        ...lines(['s3:DeleteObject', 's3:GetObject', 's3:PutObject'], records),
      ].toSorted(),
    )
  })

  it('the reconciliation are to read files and to keep records', async () => {
    expect(rightsOf(await synthesise('staging', most), IDS.reconcile)).toEqual(
      [...common('reconcile'), ...lines(['s3:GetObject'], files), ...lines(['s3:GetObject', 's3:PutObject'], records)].toSorted(),
    )
  })
})
