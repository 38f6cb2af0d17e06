import { describe, expect, it } from 'vitest'
import { deployWithMocks, idOf } from './support/deploy-with-mocks.ts'
import { most } from './support/environments.ts'

describe('alarms', () => {
  it('mail each address if the gateway is not ready, a message is parked or lost, functions fail, or events are lost', async () => {
    const { only, all } = await deployWithMocks('staging', most)
    const receivers = only('ActionGroup').inputs['emailReceivers'] as readonly Record<string, unknown>[]
    expect(receivers.map(({ emailAddress }) => emailAddress)).toEqual(['ops@example.org', 'data@example.org'])
    expect(only('WebTest').inputs['request']).toEqual({
      requestUrl: 'https://uploads.example.org/readyz',
      httpVerb: 'GET',
    })
    expect([...all('MetricAlert'), ...all('ScheduledQueryRule')].map(({ name }) => name).toSorted()).toEqual(
      ['dead-lettered', 'dropped', 'failing', 'lost-events', 'not-ready', 'parked'].map((what) => `staging-${what}`),
    )
    for (const { inputs } of all('MetricAlert'))
      expect(inputs['actions']).toEqual([{ actionGroupId: idOf('ActionGroup', 'staging') }])
    for (const { inputs } of all('ScheduledQueryRule'))
      expect(inputs['actions']).toEqual({ actionGroups: [idOf('ActionGroup', 'staging')] })
  })
})
