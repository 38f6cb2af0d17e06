import { DEFAULT_KEY_PREFIX, UPLINK_PREFIX } from '@ckan-uplink/core'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AwsFunction, awsNames } from '../../../infra/aws-names.ts'
import { ACCOUNT, REGION } from '../../../scripts/ministack/ministack.ts'
import { only } from '../../support/ckan-calls.ts'
import type { AwsCli } from './support/aws-cli.ts'
import { type AwsRoad, BUCKET, openAwsRoad, SECRET } from './support/aws-road.ts'
import { NAME } from './support/cdk.ts'
import { createOperator } from './support/operator.ts'
import { asFunction, asStranger } from './support/roles.ts'
import { trust } from './support/trust.ts'

const FILE = `${DEFAULT_KEY_PREFIX}a-resource/a-file.csv`
const IMAGE = 'images/group/a-group/a-logo.png'
const RECORD = `${UPLINK_PREFIX}uploads/a-record.json`
const ELSEWHERE = 'elsewhere/a-file.csv'
const OTHER_BUCKET = 'ckan-uplink-live-other'
const OTHER_SECRET = 'ckan-uplink/live/other-secret'
const KEYS = [FILE, IMAGE, RECORD, ELSEWHERE]

type Call = readonly [service: string, operation: string, parameters: Readonly<Record<string, unknown>>]

const read = (Key: string, Bucket = BUCKET): Call => ['s3api', 'head-object', { Bucket, Key }]
const write = (Key: string, Bucket = BUCKET): Call => ['s3api', 'put-object', { Bucket, Key }]
const remove = (Key: string, Bucket = BUCKET): Call => ['s3api', 'delete-object', { Bucket, Key }]
const list = (Bucket = BUCKET): Call => ['s3api', 'list-objects-v2', { Bucket }]
const secret = (SecretId: string): Call => ['secretsmanager', 'get-secret-value', { SecretId }]

describe('rights on AWS, where IAM is enforced', () => {
  let ckan: CkanStandIn
  let road: AwsRoad
  let stranger: AwsCli
  const functions = new Map<AwsFunction, AwsCli>()
  beforeAll(async () => {
    ckan = await startCkanStandIn()
    road = await openAwsRoad('strict', ckan)
    trust(road.emulator)
    await road.aws('s3api', 'create-bucket', { Bucket: OTHER_BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } })
    await road.aws('secretsmanager', 'create-secret', { Name: OTHER_SECRET, SecretString: 'theirs' })
    await Promise.all(KEYS.flatMap((key) => [road.aws(...write(key)), road.aws(...write(key, OTHER_BUCKET))]))
    for (const kind of ['gateway', 'linker', 'reconcile'] as const) functions.set(kind, await asFunction(road, awsNames(NAME).functions[kind]))
    stranger = await asStranger(road)
  })
  afterAll(async () => {
    await road?.close()
    await ckan?.close()
  })

  it('suffice for the whole road: asked for, put, linked, downloaded', async () => {
    const resource = only(await road.newDataset())
    const ticket = await road.upload(resource, 'ours', { name: 'table.csv' })
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    expect(await (await road.open((await road.resource(resource)).url)).text()).toBe('ours')
  })

  it('suffice for the nightly look at the whole bucket, which finds what no notification told of', async () => {
    const operator = createOperator(road)
    const resource = only(await road.newDataset())
    const ticket = await road.askForUrl(resource, { name: 'table.csv' })
    await operator.pause()
    expect((await fetch(ticket.url, { method: 'PUT', body: new Uint8Array(4) })).status).toBe(200)
    await expect.poll(() => operator.depth(road.queueUrl), { timeout: 30_000 }).toBe(1)
    await road.aws('sqs', 'purge-queue', { QueueUrl: road.queueUrl })
    await operator.resume()
    await operator.reconcile()
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
  })

  describe.each<[AwsFunction, readonly Call[]]>([
    ['gateway', [read(FILE), read(IMAGE), write(FILE), write(IMAGE), read(RECORD), write(RECORD), remove(RECORD), list(), secret(SECRET)]],
    ['linker', [read(FILE), read(IMAGE), read(RECORD), write(RECORD), list(), secret(SECRET), ['sqs', 'receive-message', queue()]]],
    ['reconcile', [read(FILE), read(IMAGE), read(RECORD), write(RECORD), list(), secret(SECRET)]],
  ])('let the %s', (kind, calls) => {
    it.each(calls)('%s %s %j', async (...call) => {
      await expect(act(kind, call)).resolves.toBeDefined()
    })
  })

  describe.each<[AwsFunction, readonly Call[]]>([
    [
      'gateway',
      [write(ELSEWHERE), read(ELSEWHERE), remove(FILE), ['sqs', 'receive-message', queue()], ['sqs', 'send-message', { ...queue(), MessageBody: '{}' }]],
    ],
    ['linker', [write(FILE), write(IMAGE), remove(FILE), remove(RECORD), read(ELSEWHERE), ['sqs', 'receive-message', deadLetterQueue()]]],
    [
      'linker',
      [
        ['sqs', 'send-message', { ...queue(), MessageBody: '{}' }],
        ['sqs', 'purge-queue', queue()],
        ['sqs', 'delete-queue', queue()],
      ],
    ],
    ['reconcile', [write(FILE), remove(FILE), remove(RECORD), read(ELSEWHERE), ['sqs', 'receive-message', queue()]]],
    ...(['gateway', 'linker', 'reconcile'] as const).map((kind): [AwsFunction, readonly Call[]] => [kind, othersOf(kind)]),
  ])('keep the %s from', (kind, calls) => {
    it.each(calls)('%s %s %j', async (...call) => {
      await expect(act(kind, call)).rejects.toThrow(/AccessDenied|403/u)
    })
  })

  it.each<Call>([
    read(FILE),
    write(FILE),
    list(),
    secret(SECRET),
    ['sqs', 'send-message', { ...queue(), MessageBody: '{}' }],
    ['sqs', 'receive-message', deadLetterQueue()],
    ['sns', 'publish', { TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:${awsNames(NAME).topic}`, Message: '{}' }],
    ['lambda', 'get-function', { FunctionName: awsNames(NAME).functions.linker }],
  ])('keep somebody in the account without rights from %s %s', async (...call) => {
    await expect(perform(stranger, call)).rejects.toThrow(/AccessDenied|403/u)
  })

  /** What no function has anything to do with. */
  function othersOf(kind: AwsFunction): readonly Call[] {
    const own = awsNames(NAME).functions[kind]
    return [
      read(FILE, OTHER_BUCKET),
      write(FILE, OTHER_BUCKET),
      list(OTHER_BUCKET),
      secret(OTHER_SECRET),
      ['secretsmanager', 'put-secret-value', { SecretId: SECRET, SecretString: 'theirs' }],
      ['s3api', 'delete-bucket', { Bucket: BUCKET }],
      ['s3api', 'put-bucket-policy', { Bucket: BUCKET, Policy: '{}' }],
      ['lambda', 'update-function-configuration', { FunctionName: own, Timeout: 1 }],
      ['iam', 'list-roles', {}],
      ['logs', 'create-log-stream', { logGroupName: '/aws/lambda/another', logStreamName: 'stream' }],
    ]
  }

  /** The emulator's address, which a queue's has to have, is known only when it runs. */
  function queue() {
    return { QueueUrl: awsNames(NAME).queue }
  }

  function deadLetterQueue() {
    return { QueueUrl: awsNames(NAME).deadLetterQueue }
  }

  async function act(kind: AwsFunction, call: Call): Promise<unknown> {
    const cli = functions.get(kind)
    if (cli === undefined) throw new Error(`There is no ${kind}.`)
    return perform(cli, call)
  }

  function perform(cli: AwsCli, [service, operation, parameters]: Call): Promise<unknown> {
    const QueueUrl = parameters['QueueUrl'] === undefined ? {} : { QueueUrl: `${road.emulator.url}/${ACCOUNT}/${parameters['QueueUrl']}` }
    return cli(service, operation, { ...parameters, ...QueueUrl })
  }
})
