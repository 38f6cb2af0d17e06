import { ACCOUNT } from '../../../../scripts/aws/ministack/ministack.ts'
import { type AwsCli, createAwsCli } from './aws-cli.ts'
import type { AwsRoad } from './aws-road.ts'

/** The AWS CLI with the rights of a deployed function. */
export async function asFunction({ aws, emulator }: AwsRoad, FunctionName: string): Promise<AwsCli> {
  const { Role: RoleArn } = await aws('lambda', 'get-function-configuration', { FunctionName })
  const RoleName = RoleArn.split('/').at(-1)
  // Only Lambda may assume the role. This widens the role's trust to the test, and leaves its rights unchanged.
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root`, Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  ]
  await aws('iam', 'update-assume-role-policy', {
    RoleName,
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  })
  const { Credentials } = await aws('sts', 'assume-role', { RoleArn, RoleSessionName: 'test' })
  return createAwsCli(emulator, credentials(Credentials))
}

/** The AWS CLI of a user in the account without any right. */
export async function asStranger({ aws, emulator }: AwsRoad): Promise<AwsCli> {
  await aws('iam', 'create-user', { UserName: 'stranger' })
  const { AccessKey } = await aws('iam', 'create-access-key', { UserName: 'stranger' })
  return createAwsCli(emulator, credentials(AccessKey))
}

/** The keys of a new user in the account with the rights of these policies only. */
export async function userWith({ aws }: AwsRoad, UserName: string, ...policies: readonly string[]): Promise<Keys> {
  await aws('iam', 'create-user', { UserName })
  for (const [index, PolicyDocument] of policies.entries())
    await aws('iam', 'put-user-policy', { UserName, PolicyName: `policy-${index}`, PolicyDocument })
  return (await aws('iam', 'create-access-key', { UserName })).AccessKey
}

/** The AWS CLI with these keys. */
export function asUser({ emulator }: AwsRoad, keys: Keys): AwsCli {
  return createAwsCli(emulator, credentials(keys))
}

export interface Keys {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken?: string
}

function credentials({ AccessKeyId, SecretAccessKey, SessionToken }: Keys): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    ...(SessionToken !== undefined && { AWS_SESSION_TOKEN: SessionToken }),
  }
}
