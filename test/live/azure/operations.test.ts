import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AzureEnvironment } from '../../../infra/azure/entry.ts'
import { runCliProcess } from '../../../packages/cli/test/support/cli.ts'
import { only } from '../../support/ckan-calls.ts'
import { describeOperations } from '../../support/describe-operations.ts'
import { givenEnvironments } from '../../support/give-environments.ts'
import { linesOf } from '../../support/operated-edition.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type AzureRoad, openAzureRoad } from './support/azure-road.ts'

const CSV = 'city,people\nBern,134\n'

let folder: string
let ckan: CkanStandIn
let road: AzureRoad
let receiver: Receiver

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-operator-'))
  ckan = await startCkanStandIn()
  receiver = await startReceiver()
  road = await openAzureRoad(ckan, { receiver })
})
afterAll(async () => {
  await road?.close()
  await receiver?.close()
  await ckan?.close()
  await rm(folder, { recursive: true, force: true })
})

function environment(): AzureEnvironment {
  return {
    provider: 'azure',
    subscriptionId: '01234567-89ab-cdef-0123-456789abcdef',
    location: 'germanywestcentral',
    storageAccount: 'portal',
    keyVault: { name: 'portal', resourceGroup: 'portal' },
    ckanUrl: ckan.url,
    ckanToken: { secret: 'ckan-token' },
    ckanCallsAtOnce: 12,
    gatewayUrl: road.settings['GATEWAY_URL'] ?? '',
    bucket: road.settings['BUCKET_NAME'] ?? '',
    webhookUrls: ['https://hooks.example.org/uploads'],
    webhookSecret: { secret: 'webhooks' },
  }
}

function operate(args: string) {
  const env = {
    ...road.operatorEnv,
    ...givenEnvironments({ live: environment() }),
    UPLINK_ENV: 'live',
    XDG_STATE_HOME: folder,
  }
  return runCliProcess(args.split(' '), { cwd: folder, program: 'npm run uplink', env })
}

describeOperations('a deployment on Azure', () => ({ ...road, ckan: road, adminToken: ckan.tokens.admin, operate }))

describe('the operator of a deployment on Azure', () => {
  beforeAll(async () => {
    await operate('parked drop --all --yes')
  })

  it('finds no fault, and gets a hint for each check that an account key does not allow', async () => {
    const ended = await operate(`doctor --json --reach ${road.gateway()}`)
    expect([ended.code, ended.stderr]).toEqual([0, ''])
    const hints = linesOf(ended).flatMap(({ check, state }) => (state === 'hint' ? [check] : []))
    expect(hints).toEqual([
      'plugin for CKAN',
      'private file',
      'browsers at the gateway',
      'browsers at the bucket',
      'upload page',
      'account',
      'notifications',
      'records',
      'lost events',
    ])
    expect(ended.stdout).toContain('the linker received the notification after')
  })

  it('has events sent to a receiver, later if it was down, and again on a replay', async () => {
    const first = await road.upload(only(await road.newDataset()), CSV)
    const [linked] = await receiver.hears(first, 1)
    expect(linked).toMatchObject({ type: 'ckan-uplink.upload.linked', source: road.settings['GATEWAY_URL'] })

    await receiver.stop()
    const late = await road.upload(only(await road.newDataset()), CSV)
    expect(await road.settled(late)).toMatchObject({ state: 'linked' })
    await expect.poll(() => road.log().join()).toContain('event_not_delivered')
    await receiver.start()
    await receiver.hears(late, 1)

    expect(await operate('events replay --since 1h')).toMatchObject({ code: 0 })
    expect((await road.tryToken()).status).toBe(202)
    expect(await receiver.hears(first, 2)).toMatchObject([{ id: linked.id }, { id: linked.id }])
  })

  it('moves dead letters to the parked messages and replays them', async () => {
    const resource = only(await road.newDataset())
    const ticket = await road.askForUrl(resource, { name: 'cities.csv' })
    await road.stop()
    await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: CSV })
    await expect
      .poll(() => operate('parked list --json').then((ended) => linesOf(ended).length), { interval: 500 })
      .toBe(1)
    expect(await operate('parked replay --all')).toMatchObject({ code: 0, stdout: expect.stringContaining('linked') })
    expect((await road.resource(resource)).size).toBe(CSV.length)
  })
})
