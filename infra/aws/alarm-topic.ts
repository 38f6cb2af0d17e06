import { Stack } from 'aws-cdk-lib'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as sns from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import type { AwsEnvironment } from './entry.ts'
import { awsNames } from './names.ts'

/** The topic that mails alarms to people, who confirm their subscription once. Absent if the entry has no addresses. */
export function createAlarmTopic(
  scope: Construct,
  name: string,
  { accountId, alarmEmails = [] }: AwsEnvironment,
): sns.Topic | undefined {
  if (alarmEmails.length === 0) return undefined
  const topic = new sns.Topic(scope, 'Topic', { topicName: awsNames(name).alarmTopic, enforceSSL: true })
  for (const email of alarmEmails) topic.addSubscription(new EmailSubscription(email))
  // This policy replaces the default policy, which allows CloudWatch to publish.
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': accountId },
        ArnLike: { 'aws:SourceArn': Stack.of(scope).formatArn({ service: 'cloudwatch', resource: 'alarm:*' }) },
      },
    }),
  )
  return topic
}
