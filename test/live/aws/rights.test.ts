import { readFile } from 'node:fs/promises'
import { DEFAULT_KEY_PREFIX, UPLINK_PREFIX } from '@ckan-uplink/core/uploads'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awsNames } from '../../../infra/aws/names.ts'
import { ACCOUNT, REGION } from '../../../scripts/aws/ministack/ministack.ts'
import { only } from '../../support/ckan-calls.ts'
import { linesOf } from '../../support/operated-edition.ts'
import { inTurns } from '../support/in-turns.ts'
import { testPartsAndImages } from '../support/parts-and-images.ts'
import type { AwsCalls } from './support/aws-calls.ts'
import { type AwsRoad, BUCKET, openAwsRoad, SECRET } from './support/aws-road.ts'
import { NAME } from './support/cdk.ts'
import { operatorOf, WIRING } from './support/operate.ts'
import { createOperator } from './support/operator.ts'
import { asFunction, asStranger, asUser, userWith } from './support/roles.ts'

const NAMES = awsNames(NAME)
const FILE = `${DEFAULT_KEY_PREFIX}a-resource/a-file.csv`
const IMAGE = 'images/group/a-group/a-logo.png'
const RECORD = `${UPLINK_PREFIX}uploads/a-record.json`
const SPARE_RECORD = `${UPLINK_PREFIX}uploads/another-record.json`
const OPEN_UPLOAD = `${UPLINK_PREFIX}open/a-user/files/an-upload`
const SPARE_FILE = `${DEFAULT_KEY_PREFIX}a-resource/another-file.csv`
const SPARE_IMAGE = 'images/group/a-group/another-logo.png'
const ELSEWHERE = 'elsewhere/a-file.csv'
const OTHER_BUCKET = 'ckan-uplink-live-other'
const OTHER_SECRET = 'ckan-uplink/live/other-secret'

/** A call names a queue, and goes to the queue's address on the emulator. */
type Call = readonly [service: string, operation: string, parameters: Readonly<Record<string, string>>]

const read = (Key: string, Bucket = BUCKET): Call => ['s3', 'head_object', { Bucket, Key }]
const write = (Key: string, Bucket = BUCKET): Call => ['s3', 'put_object', { Bucket, Key }]
const remove = (Key: string): Call => ['s3', 'delete_object', { Bucket: BUCKET, Key }]
const list = (Bucket = BUCKET): Call => ['s3', 'list_objects_v2', { Bucket }]
const listVersions = (): Call => ['s3', 'list_object_versions', { Bucket: BUCKET }]
const readSecret = (SecretId: string): Call => ['secretsmanager', 'get_secret_value', { SecretId }]
const receive = (QueueUrl: string): Call => ['sqs', 'receive_message', { QueueUrl }]
const send = (QueueUrl: string): Call => ['sqs', 'send_message', { QueueUrl, MessageBody: '{}' }]

const COMMON: readonly Call[] = [read(FILE), read(IMAGE), read(RECORD), write(RECORD), list()]

/** Calls that are allowed to operators for dead letters, and to no function. */
const MAY_OF_OPERATOR: readonly Call[] = [read(ELSEWHERE), receive(NAMES.deadLetterQueue)]

/** Calls that no function needs. */
const ALIEN: readonly Call[] = [
  ...MAY_OF_OPERATOR,
  write(ELSEWHERE),
  read(FILE, OTHER_BUCKET),
  write(FILE, OTHER_BUCKET),
  list(OTHER_BUCKET),
  readSecret(OTHER_SECRET),
  send(NAMES.queue),
  ['sqs', 'purge_queue', { QueueUrl: NAMES.queue }],
  ['secretsmanager', 'put_secret_value', { SecretId: SECRET, SecretString: 'theirs' }],
  ['s3', 'delete_bucket', { Bucket: BUCKET }],
  ['s3', 'put_bucket_policy', { Bucket: BUCKET, Policy: '{}' }],
  ['sns', 'publish', { TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:${NAMES.topic}`, Message: '{}' }],
  ['lambda', 'get_function', { FunctionName: NAMES.functions.linker }],
  ['iam', 'list_roles', {}],
  ['logs', 'create_log_stream', { logGroupName: '/aws/lambda/another', logStreamName: 'stream' }],
]

const REMOVALS = [remove(SPARE_FILE), remove(SPARE_IMAGE)]

const FUNCTIONS = [
  {
    kind: 'gateway',
    may: [...COMMON, write(FILE), write(IMAGE), remove(SPARE_RECORD)],
    mayNot: [...ALIEN, ...REMOVALS, listVersions(), readSecret(SECRET), receive(NAMES.queue)],
  },
  {
    kind: 'linker',
    may: [...COMMON, ...REMOVALS, remove(OPEN_UPLOAD), readSecret(SECRET), receive(NAMES.queue)],
    mayNot: [...ALIEN, write(FILE), write(IMAGE), remove(RECORD), listVersions()],
  },
  {
    kind: 'reconcile',
    may: [...COMMON, ...REMOVALS, remove(SPARE_RECORD), listVersions(), readSecret(SECRET)],
    mayNot: [...ALIEN, write(FILE), write(IMAGE), receive(NAMES.queue)],
  },
] as const

/** Calls by which an operator looks for the cause of an alarm. */
const LOOK: readonly Call[] = [
  ...Object.values(NAMES.functions).flatMap((name): Call[] => [
    ['logs', 'filter_log_events', { logGroupName: `/aws/lambda/${name}` }],
    ['logs', 'describe_log_streams', { logGroupName: `/aws/lambda/${name}` }],
  ]),
  ['logs', 'filter_log_events', { logGroupName: `/aws/vendedlogs/${NAMES.api}` }],
  ['cloudformation', 'describe_stacks', { StackName: `ckan-uplink-${NAME}` }],
]

/** The checks that use the operator's own rights, in the doctor's order. */
const LOOKED_AT_BY_OPERATOR = ["storage's clock", 'bucket', ...WIRING]

/** The n-th policy of the guide with the names of this deployment. */
async function policyOfGuide(n: number): Promise<string> {
  const policies = [...(await readFile('docs/deploy/aws.md', 'utf8')).matchAll(/```json\n(.*?)```/gsu)]
  return (policies[n - 1]?.[1] ?? '')
    .replaceAll('123456789012', ACCOUNT)
    .replaceAll('ckan-uplink-production', `ckan-uplink-${NAME}`)
    .replaceAll('open-data-files', BUCKET)
}

describe('rights on AWS, where IAM is enforced', () => {
  let ckan: CkanStandIn
  let road: AwsRoad
  beforeAll(async () => {
    ckan = await startCkanStandIn()
    road = await openAwsRoad('strict', ckan)
    await road.aws('s3', 'create_bucket', {
      Bucket: OTHER_BUCKET,
      CreateBucketConfiguration: { LocationConstraint: REGION },
    })
    await road.aws('secretsmanager', 'create_secret', { Name: OTHER_SECRET, SecretString: 'theirs' })
    for (const call of [write(FILE), write(IMAGE), write(RECORD), write(ELSEWHERE), write(FILE, OTHER_BUCKET)])
      await road.aws(...call)
  })
  afterAll(async () => {
    await road?.close()
    await ckan?.close()
  })

  it('suffice for the whole way: request, upload, link, download', async () => {
    const resource = only(await road.newDataset())
    const ticket = await road.upload(resource, 'ours', { name: 'table.csv' })
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    expect(await (await road.open((await road.resource(resource)).url)).text()).toBe('ours')
  })

  it('suffice for the gateway to be ready', async () => {
    const answer = await fetch(`${road.gateway}/readyz`)
    expect([answer.status, await answer.json()]).toMatchObject([200, { checks: { bucket: { status: 'ok' } } }])
  })

  describe('suffice for the gateway, which', () => {
    testPartsAndImages(
      () => road,
      () => ckan.tokens.admin,
    )
  })

  it('suffice for the nightly reconciliation, which finds an upload without a notification', async () => {
    const operator = createOperator(road)
    const resource = only(await road.newDataset())
    await operator.pause()
    const ticket = await road.upload(resource, 'ours', { name: 'table.csv' })
    await expect.poll(() => operator.depth(road.queueUrl)).toBe(1)
    await road.aws('sqs', 'purge_queue', { QueueUrl: road.queueUrl })
    await operator.resume()
    await operator.reconcile()
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
  })

  it.each(FUNCTIONS)('allow the $kind its own calls and no others', async ({ kind, may, mayNot }) => {
    const aws = await asFunction(road, NAMES.functions[kind])
    expect(await answersTo(aws, may)).toEqual(all(may, 'granted'))
    expect(await answersTo(aws, mayNot)).toEqual(all(mayNot, 'refused'))
  })

  it("allow an operator with the guide's first policy to handle dead letters, and nothing else", async () => {
    const keys = await userWith(road, 'operator', await policyOfGuide(1))
    const operator = createOperator(road)
    await operator.pause()
    const ticket = await road.upload(only(await road.newDataset()), 'ours', { name: 'table.csv' })
    await operator.announce(ticket, road.deadLetterQueueUrl)
    const ours = { event: expect.objectContaining({ key: ticket.key }), outcome: 'linked' }
    expect(await operator.replay(ckan, keys)).toContainEqual(expect.objectContaining(ours))
    expect((await operator.replay(ckan, keys)).map(({ event }) => event?.key)).not.toContain(ticket.key)
    expect(await operator.depth(road.deadLetterQueueUrl)).toBe(0)
    const others = ALIEN.filter((call) => !MAY_OF_OPERATOR.includes(call))
    const mayNot = [...others, ...REMOVALS, write(FILE), readSecret(SECRET), receive(NAMES.queue)]
    expect(await answersTo(asUser(road, keys), mayNot)).toEqual(all(mayNot, 'refused'))
    await operator.clear()
  })

  it("allow an operator with both of the guide's policies to check, repair and clean the deployment", async () => {
    const { AccessKeyId, SecretAccessKey } = await userWith(
      road,
      'chief',
      await policyOfGuide(1),
      await policyOfGuide(2),
    )
    expect(await answersTo(asUser(road, { AccessKeyId, SecretAccessKey }), LOOK)).toEqual(all(LOOK, 'granted'))
    const operate = operatorOf(road, ckan, { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey })
    const looked = linesOf(await operate(`doctor --json --no-probe --reach ${road.gateway}`))
    const theirs = looked.filter(({ check }) => LOOKED_AT_BY_OPERATOR.includes(String(check)))
    expect(theirs.map(({ check, state }) => `${check}: ${state}`)).toEqual(
      LOOKED_AT_BY_OPERATOR.map((check) => `${check}: right`),
    )
    // `clean` removes nothing for a CKAN that points to no file of the bucket.
    await road.settled(await road.upload(only(await road.newDataset()), 'ours', { name: 'table.csv' }))
    await createOperator(road).pause()
    const orphan = `${DEFAULT_KEY_PREFIX}${crypto.randomUUID()}`
    await road.aws(...write(orphan))
    expect(linesOf(await operate('reconcile --fix --json'))).toContainEqual(
      expect.objectContaining({ kind: 'orphan', key: orphan }),
    )
    expect(await operate('clean --older-than 0s --fix')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(orphan),
    })
    await createOperator(road).clear()
  })

  it('allow other identities of the account none of these calls', async () => {
    const calls = [...COMMON, ...ALIEN, ...REMOVALS, write(FILE), readSecret(SECRET), receive(NAMES.queue)]
    expect(await answersTo(await asStranger(road), calls)).toEqual(all(calls, 'refused'))
  })

  function all(calls: readonly Call[], answer: 'granted' | 'refused'): readonly string[] {
    return calls.map((call) => `${call[1]} ${Object.values(call[2]).join(' ')}: ${answer}`)
  }

  async function answersTo(aws: AwsCalls, calls: readonly Call[]): Promise<readonly string[]> {
    const tasks = calls.map((call) => async () => all([call], await answerTo(aws, call)))
    return (await inTurns(3, tasks)).flat()
  }

  async function answerTo(
    aws: AwsCalls,
    [service, operation, { QueueUrl, ...parameters }]: Call,
  ): Promise<'granted' | 'refused'> {
    const queue = QueueUrl === undefined ? {} : { QueueUrl: `${road.emulator.url}/${ACCOUNT}/${QueueUrl}` }
    try {
      await aws(service, operation, { ...parameters, ...queue })
      return 'granted'
    } catch (error) {
      if (/\((?:AccessDenied\w*|AuthorizationError|403)\)/u.test(String(error))) return 'refused'
      throw error
    }
  }
})
