import { ListSubscriptionsByTopicCommand, type SNSClient, type Subscription } from '@aws-sdk/client-sns'
import { type Check, type CheckResult, right, wrong } from '../../doctor/check.ts'

/** The topic that mails alarms, and the addresses in the entry. */
export interface Mails {
  readonly topicArn: string
  readonly addresses: readonly string[]
}

/** SNS sends no alarm to an address until its owner has confirmed the subscription. */
export function mailCheck(sns: Pick<SNSClient, 'send'>, { topicArn, addresses }: Mails): Check {
  return {
    name: 'alarm mails',
    adviceOnError: 'Check that your credentials may call sns:ListSubscriptionsByTopic for the topic of alarms.',
    async run() {
      const found: Subscription[] = []
      let NextToken: string | undefined
      do {
        const page = await sns.send(
          new ListSubscriptionsByTopicCommand({ TopicArn: topicArn, ...(NextToken && { NextToken }) }),
        )
        found.push(...(page.Subscriptions ?? []))
        NextToken = page.NextToken
      } while (NextToken)
      return judge(addresses, found)
    },
  }
}

function judge(addresses: readonly string[], found: readonly Subscription[]): CheckResult {
  const of = (address: string) => found.find(({ Endpoint }) => Endpoint?.toLowerCase() === address.toLowerCase())
  const missing = addresses.filter((address) => of(address) === undefined)
  if (missing.length > 0)
    return wrong(
      `${missing.join(', ')} would get no alarm: there is no subscription. AWS removes a subscription without a confirmation.`,
      'Remove the address from alarmEmails and deploy, then add it again and deploy. Confirm the mail from AWS.',
    )
  const open = addresses.filter((address) => !of(address)?.SubscriptionArn?.startsWith('arn:'))
  if (open.length > 0)
    return wrong(
      `${open.join(', ')} would get no alarm: the subscription is not confirmed.`,
      'Open the mail "AWS Notification - Subscription Confirmation" and follow its link.',
    )
  return right(`${addresses.join(', ')} confirmed`)
}
