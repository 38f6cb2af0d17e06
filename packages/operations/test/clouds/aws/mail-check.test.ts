import type { SNSClient, Subscription } from '@aws-sdk/client-sns'
import { describe, expect, it } from 'vitest'
import { mailCheck } from '../../../src/clouds/aws/mail-check.ts'

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:ckan-uplink-production-alarms'

/** Runs the check for one address. SNS lists these subscriptions, one on each page. */
function run(...subscriptions: readonly Subscription[]) {
  const send = async ({ input }: { readonly input: { readonly NextToken?: string } }) => {
    const page = Number(input.NextToken ?? 0)
    const next = page + 1 < subscriptions.length ? { NextToken: String(page + 1) } : {}
    return { Subscriptions: subscriptions.slice(page, page + 1), ...next }
  }
  const sns = { send: send as unknown as SNSClient['send'] }
  return mailCheck(sns, { topicArn, addresses: ['ops@example.org'] }).run()
}

describe('the mails of alarms', () => {
  it('arrive at an address with a confirmed subscription, on any page of the list', async () =>
    expect(
      await run(
        { Endpoint: 'other@example.org', SubscriptionArn: 'PendingConfirmation' },
        { Endpoint: 'Ops@example.org', SubscriptionArn: `${topicArn}:1` },
      ),
    ).toMatchObject({ state: 'right', found: expect.stringContaining('ops@example.org') }))

  it.each<[string, Subscription[], RegExp]>([
    ['is not confirmed', [{ Endpoint: 'ops@example.org', SubscriptionArn: 'PendingConfirmation' }], /not confirmed/u],
    ['was removed', [], /no subscription/u],
  ])('do not arrive when the subscription %s', async (_, subscriptions, found) =>
    expect(await run(...subscriptions)).toMatchObject({ state: 'wrong', found: expect.stringMatching(found) }),
  )
})
