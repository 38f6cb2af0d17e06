import { createS3Client, createStore } from '@ckan-uplink/aws'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awsNames } from '../../../infra/aws/names.ts'
import { only } from '../../support/ckan-calls.ts'
import { describeOperations } from '../../support/describe-operations.ts'
import { linesOf } from '../../support/operated-edition.ts'
import { type AwsRoad, BUCKET, openAwsRoad } from './support/aws-road.ts'
import { NAME } from './support/cdk.ts'
import { NOT_EMULATED, type OperatorsCommand, operatorOf, WIRING } from './support/operate.ts'
import { createOperator, type Operator } from './support/operator.ts'

const CSV = 'city,population\n東京,13960000\n'

let ckan: CkanStandIn
let road: AwsRoad
let operator: Operator

beforeAll(async () => {
  ckan = await startCkanStandIn()
  road = await openAwsRoad('plain', ckan)
  operator = createOperator(road)
  await operator.pause()
})
afterAll(async () => {
  await road?.close()
  await ckan?.close()
})

const operate: OperatorsCommand = (args) => operatorOf(road, ckan)(args)

/** The emulator lacks the one, and the CKAN of this test lacks the plugin. */
const UNDECIDED: readonly unknown[] = [NOT_EMULATED, 'plugin for CKAN', 'private file']

/** The faults that the doctor finds, by the name of the check. */
async function findings(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const lines = linesOf(await operate(['doctor', '--json', '--reach', road.gateway, ...words].join(' ')))
  expect(lines.map(({ check }) => check)).toEqual(expect.arrayContaining(['gateway', 'CKAN', 'bucket', ...WIRING]))
  const found = lines.filter(({ check, state }) => !UNDECIDED.includes(check) && state !== 'right')
  return Object.fromEntries(found.map((line) => [String(line['check']), line['found']]))
}

describeOperations('a deployment on AWS', () => {
  const {
    AWS_ENDPOINT_URL: endpoint = '',
    AWS_ACCESS_KEY_ID: accessKeyId = '',
    AWS_SECRET_ACCESS_KEY: secretAccessKey = '',
    AWS_REGION: region = '',
  } = road.emulator.env
  const client = createS3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  })
  const settings = { CKAN_URL: ckan.url, GATEWAY_URL: road.outputs.gatewayUrl, BUCKET_NAME: BUCKET }
  return {
    store: createStore({ client, bucket: BUCKET }),
    ckan: road,
    settings,
    adminToken: ckan.tokens.admin,
    operate,
  }
})

describe('the operator of a deployment on AWS', () => {
  beforeAll(async () => {
    await operator.clear()
    await operate('parked drop --all --yes')
  })

  it('finds no fault after the deployment', async () => {
    expect(await findings()).toEqual({})
  })

  it('moves dead letters to the parked messages and replays them', async () => {
    await operator.pause()
    const resource = only(await road.newDataset())
    const ticket = await road.upload(resource, CSV, { name: 'cities.csv' })
    await expect.poll(() => operator.depth(road.queueUrl)).toBe(1)
    const { Messages } = await road.aws('sqs', 'receive_message', { QueueUrl: road.queueUrl })
    await operator.clear()
    await road.aws('sqs', 'send_message', { QueueUrl: road.deadLetterQueueUrl, MessageBody: Messages[0].Body })
    expect(await findings('--no-probe')).toEqual({
      'dead-letter queue': expect.stringContaining('contains about 1 message'),
    })

    const listed = await operate('parked list --json')
    expect([listed.code, listed.stderr]).toEqual([1, '1 dead letter was moved to the parked messages.\n'])
    expect(linesOf(listed)).toMatchObject([
      { event: { key: ticket.key }, reason: expect.stringContaining('never acknowledged') },
    ])
    expect(await operator.depth(road.deadLetterQueueUrl)).toBe(0)
    expect(await operate('parked replay --all')).toMatchObject({ code: 0, stdout: expect.stringContaining('linked') })
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    expect(await operate('parked list --json')).toMatchObject({ code: 0, stdout: '' })
  })

  it('reads the logs of the gateway and the linker', async () => {
    await operator.clear()
    const ticket = await road.upload(only(await road.newDataset()), CSV, { name: 'cities.csv' })
    await road.settled(ticket)
    const logOf = async (program: string) => linesOf(await operate(`logs ${program} --since 15m --json`))
    await expect
      .poll(() => logOf('gateway'))
      .toContainEqual(
        expect.objectContaining({ line: expect.objectContaining({ event: 'upload_issued', upload: ticket.id }) }),
      )
    await expect
      .poll(() => logOf('linker'))
      .toContainEqual(
        expect.objectContaining({ line: expect.objectContaining({ outcome: 'linked', key: ticket.key }) }),
      )
  })

  it('gets a report of each change that was made by hand', async () => {
    const { functions, topic } = awsNames(NAME)
    await operator.hurry({ functionSeconds: 60, visibilitySeconds: 30, maxReceives: 3 })
    await operator.pause()
    await road.aws('s3', 'put_bucket_notification_configuration', { Bucket: BUCKET, NotificationConfiguration: {} })
    const old = { ID: 'expire-upload-records', Status: 'Enabled', Filter: { Prefix: 'uplink/uploads/0' } }
    await road.aws('s3', 'put_bucket_lifecycle_configuration', {
      Bucket: BUCKET,
      LifecycleConfiguration: { Rules: [{ ...old, Expiration: { Days: 365 } }] },
    })
    const { Subscriptions } = await road.aws('sns', 'list_subscriptions')
    for (const { SubscriptionArn, TopicArn } of Subscriptions)
      if (TopicArn.endsWith(`:${topic}`)) await road.aws('sns', 'unsubscribe', { SubscriptionArn })
    expect(await findings('--timeout', '1')).toEqual({
      notifications: expect.stringContaining('below resources/api_uploads/ and images/'),
      records: expect.stringContaining('expire-upload-records deletes upload records'),
      topic: expect.stringContaining('is not subscribed'),
      queue: expect.stringContaining("which is less than 6 times the linker's time-out of 60 s"),
      linker: expect.stringMatching(
        new RegExp(`${functions.linker} receives no messages of the queue: its mapping is`, 'u'),
      ),
      'probe upload': expect.stringContaining('did not receive the notification'),
    })
    await operator.hurry({ functionSeconds: 5, visibilitySeconds: 30, maxReceives: 3 })
    expect(await findings('--no-probe')).toMatchObject({
      queue: expect.stringContaining("delivers 3 times, but the linker's MAX_RECEIVES is 100"),
    })
  })
})
