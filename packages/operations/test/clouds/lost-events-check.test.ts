import { describe, expect, it } from 'vitest'
import { lostEventsChecks } from '../../src/clouds/lost-events-check.ts'
import { runChecks } from '../../src/doctor/check.ts'

const RECEIVERS = { webhookUrls: ['https://hooks.example.org/uploads'] }

async function look(count: () => Promise<number | undefined>, settings = RECEIVERS): Promise<unknown> {
  const checks = lostEventsChecks(settings, { queue: 'portal-webhooks-dead', adviceOnError: 'Sign in.', count })
  const reports = []
  for await (const report of runChecks(checks)) reports.push(report)
  return reports
}

describe('the check of lost events', () => {
  it.each([
    [0, { state: 'right', found: 'portal-webhooks-dead is empty' }],
    [1, { state: 'wrong', found: expect.stringContaining('about 1 event for three days') }],
    [20, { state: 'wrong', what_to_do: expect.stringContaining('events replay') }],
    [undefined, { state: 'hint', found: expect.stringContaining('not checked') }],
  ])('judges a queue with %s events', async (count, judged) => {
    expect(await look(async () => count)).toMatchObject([{ check: 'lost events', ...judged }])
  })

  it('says what to do when the queue cannot be read', async () => {
    const refused = () => Promise.reject(new Error('There is no queue portal-webhooks-dead.'))
    expect(await look(refused)).toMatchObject([{ state: 'wrong', what_to_do: 'Sign in.' }])
  })

  it('is absent without receivers', async () => {
    expect(await look(async () => 1, { webhookUrls: [] })).toEqual([])
  })
})
