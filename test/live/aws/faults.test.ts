import { setTimeout as sleep } from 'node:timers/promises'
import { PARKED_PREFIX } from '@ckan-uplink/core/operations'
import { DEFAULT_KEY_PREFIX, recordKey } from '@ckan-uplink/core/uploads'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { putByCurl } from '../support/curl.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type AwsRoad, BUCKET, openAwsRoad } from './support/aws-road.ts'
import { operatorOf } from './support/operate.ts'
import { createOperator, type Operator } from './support/operator.ts'

const WEBHOOK_SECRET = 'ckan-uplink/live/webhooks'

describe('faults on AWS', () => {
  let ckan: CkanStandIn
  let road: AwsRoad
  let operator: Operator
  let receiver: Receiver
  beforeAll(async () => {
    ckan = await startCkanStandIn()
    receiver = await startReceiver()
    road = await openAwsRoad('plain', ckan, {
      webhookUrls: ['https://hooks.example.org/uploads'],
      webhookSecret: { secret: WEBHOOK_SECRET },
    })
    await road.aws('secretsmanager', 'create_secret', { Name: WEBHOOK_SECRET, SecretString: receiver.secret })
    operator = createOperator(road)
    await operator.sendEventsTo(receiver.url)
  })
  afterEach(async () => {
    ckan?.faults.reset()
    await operator?.clear()
  })
  afterAll(async () => {
    await road?.close()
    await receiver?.close()
    await ckan?.close()
  })

  it('tells a receiver of each link, later if it was down, and again on a replay', async () => {
    const first = await road.upload(only(await road.newDataset()), 'ours')
    const [linked] = await receiver.hears(first, 1)
    expect(linked).toMatchObject({ type: 'ckan-uplink.upload.linked', source: road.outputs.gatewayUrl })

    await receiver.stop()
    const late = await road.upload(only(await road.newDataset()), 'ours')
    expect(await road.settled(late)).toMatchObject({ state: 'linked' })
    await expect.poll(() => operator.lines('event_not_delivered')).not.toEqual([])
    await receiver.start()
    await receiver.hears(late, 1)

    expect(await operatorOf(road, ckan)('events replay --since 1h')).toMatchObject({ code: 0 })
    await operator.tryToken()
    expect(await receiver.hears(first, 2)).toMatchObject([{ id: linked.id }, { id: linked.id }])
    await expectEmpty(`${road.queueUrl}-webhooks`)
  })

  it.each([
    ['answers 503', { status: 503 }],
    ['breaks every connection', 'cut'],
  ] as const)('delays uploads while CKAN %s, and loses none', async (_, effect) => {
    const tickets = await Promise.all([askForOne(), askForOne()])
    ckan.faults.add({ effect })
    for (const { url } of tickets) await putByCurl(url, 'ours')
    for (const ticket of tickets) await expectRetry(ticket)
    ckan.faults.reset()
    for (const ticket of tickets) expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    await expectEmpty(road.queueUrl)
  })

  it('acknowledges only the successful part of a batch; the rest is delivered again', async () => {
    const [good, missing] = await Promise.all([askForOne(), askForOne()])
    await operator.pause()
    await putByCurl(good.url, 'ours')
    await operator.announce(missing)
    await expect.poll(() => operator.depth(road.queueUrl)).toBe(2)
    await operator.resume()
    expect(await road.settled(good)).toMatchObject({ state: 'linked' })
    await expectRetry(missing)
    expect(await operator.depth(road.queueUrl)).toBe(1)
    await putByCurl(missing.url, 'ours, late')
    expect(await road.settled(missing)).toMatchObject({ state: 'linked' })
    await expectEmpty(road.queueUrl)
  })

  it('parks a file that names no resource, with the key as it is in the bucket', async () => {
    const keys = ['100% +.csv', '%2B', '日本語/データ (1).csv'].map((name) => DEFAULT_KEY_PREFIX + name)
    for (const Key of keys) await road.aws('s3', 'put_object', { Bucket: BUCKET, Key })
    await expect.poll(async () => (await parked()).map(({ event }) => event.key).sort()).toEqual(keys.sort())
    await expectEmpty(road.queueUrl)
  })

  it("parks and acknowledges an upload that CKAN refuses, with CKAN's words", async () => {
    const dataset = await road.newDataset()
    const ticket = await road.askForUrl(only(dataset), { name: 'table.csv' })
    await road.act('package_delete', { id: dataset.id }, 'admin')
    await putByCurl(ticket.url, 'ours')
    const ours = {
      event: expect.objectContaining({ key: ticket.key }),
      reason: expect.stringContaining('is deleted in CKAN'),
    }
    await expect.poll(parked).toContainEqual(expect.objectContaining(ours))
    await expectEmpty(road.queueUrl)
    await expectEmpty(road.deadLetterQueueUrl)
  })

  it('parks an upload with its cause at the last attempt', async () => {
    onTestFinished(() => operator.giveUpAfter(100))
    await operator.giveUpAfter(1)
    const ticket = await askForOne()
    ckan.faults.add({ effect: { status: 503 } })
    await putByCurl(ticket.url, 'ours')
    const ours = {
      event: expect.objectContaining({ key: ticket.key }),
      reason: expect.stringContaining('Given up after 1 attempts'),
    }
    await expect.poll(parked).toContainEqual(expect.objectContaining(ours))
    await expectEmpty(road.queueUrl)
    await expectEmpty(road.deadLetterQueueUrl)
  })

  it('delivers a message again if the linker reached its timeout', async () => {
    await operator.hurry({ functionSeconds: 2, visibilitySeconds: 4, maxReceives: 100 })
    ckan.faults.add({ action: 'package_show', effect: { wait: () => sleep(10_000) }, times: 1 })
    const ticket = await askForOne()
    await putByCurl(ticket.url, 'ours')
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked' })
    expect(ckan.faults.calls('package_show')).toBeGreaterThan(1)
  })

  it('keeps unanswered messages in the dead-letter queue and links them on a replay', async () => {
    await operator.hurry({ functionSeconds: 1, visibilitySeconds: 2, maxReceives: 2 })
    ckan.faults.add({ action: 'package_show', effect: { wait: () => sleep(5_000) } })
    const ticket = await askForOne()
    await putByCurl(ticket.url, 'ours')
    await expect.poll(() => operator.depth(road.deadLetterQueueUrl)).toBe(1)
    expect(await road.record(ticket)).toMatchObject({ state: 'issued' })
    ckan.faults.reset()
    await operator.hurry({ functionSeconds: 60, visibilitySeconds: 60, maxReceives: 100 })
    expect(await operator.replay(ckan)).toContainEqual(
      expect.objectContaining({ event: expect.objectContaining({ key: ticket.key }), outcome: 'linked' }),
    )
    expect(await road.record(ticket)).toMatchObject({ state: 'linked' })
    await expectEmpty(road.queueUrl)
    await expectEmpty(road.deadLetterQueueUrl)
  })

  // The last test: from now on every file waits for GuardDuty.
  it('links a file after the result of GuardDuty, and withdraws a file with malware', async () => {
    await operator.requireScans()
    const [clean, infected] = [await askForOne(), await askForOne()]
    for (const ticket of [clean, infected]) {
      await putByCurl(ticket.url, 'ours', ticket.headers)
      expect(await road.settled(ticket)).toMatchObject({ state: 'scanning' })
    }
    await operator.scanned(clean, 'NO_THREATS_FOUND')
    await operator.scanned(infected, 'THREATS_FOUND')
    const stateOf = async (ticket: Ticket) => (await road.record(ticket)).state
    await expect.poll(() => stateOf(clean)).toBe('linked')
    await expect.poll(() => stateOf(infected)).toBe('withdrawn')
    expect((await receiver.hears(infected, 1))[0]).toMatchObject({ type: 'ckan-uplink.upload.removed' })
    expect((await road.resource(infected.key.split('/').at(-3) ?? '')).url).toBe('')
  })

  async function askForOne(): Promise<Ticket> {
    return road.askForUrl(only(await road.newDataset()), { name: 'table.csv' })
  }

  async function parked(): Promise<readonly Answer[]> {
    return Promise.all((await operator.objects(PARKED_PREFIX)).map(async (key) => JSON.parse(await operator.read(key))))
  }

  async function expectRetry(ticket: Ticket): Promise<void> {
    await expect.poll(() => operator.outcomes(ticket)).toContainEqual(expect.objectContaining({ outcome: 'retry' }))
    // The gateway shows no record while CKAN cannot name the caller.
    expect(JSON.parse(await operator.read(recordKey(ticket.id)))).toMatchObject({ state: 'issued' })
  }

  async function expectEmpty(queueUrl: string): Promise<void> {
    await expect.poll(() => operator.depth(queueUrl)).toBe(0)
  }
})
