import { ACCOUNT } from '../../../../scripts/aws/ministack/ministack.ts'
import { type AwsCalls, createAwsCalls, type Keys } from './aws-calls.ts'
import type { AwsRoad } from './aws-road.ts'

/** Calls with the rights of a deployed function. */
export async function asFunction({ aws, emulator }: AwsRoad, FunctionName: string): Promise<AwsCalls> {
  const { Role: RoleArn } = await aws('lambda', 'get_function_configuration', { FunctionName })
  const RoleName = RoleArn.split('/').at(-1)
  // Only Lambda may assume the role. This widens the role's trust to the test, and leaves its rights unchanged.
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root`, Service: 'lambda.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  ]
  await aws('iam', 'update_assume_role_policy', {
    RoleName,
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  })
  const { Credentials } = await aws('sts', 'assume_role', { RoleArn, RoleSessionName: 'test' })
  return createAwsCalls(emulator, Credentials)
}

/** Calls of a user in the account without any right. */
export async function asStranger({ aws, emulator }: AwsRoad): Promise<AwsCalls> {
  await aws('iam', 'create_user', { UserName: 'stranger' })
  const { AccessKey } = await aws('iam', 'create_access_key', { UserName: 'stranger' })
  return createAwsCalls(emulator, AccessKey)
}

/** The keys of a new user in the account with the rights of these policies only. */
export async function userWith({ aws }: AwsRoad, UserName: string, ...policies: readonly string[]): Promise<Keys> {
  await aws('iam', 'create_user', { UserName })
  for (const [index, PolicyDocument] of policies.entries())
    await aws('iam', 'put_user_policy', { UserName, PolicyName: `policy-${index}`, PolicyDocument })
  return (await aws('iam', 'create_access_key', { UserName })).AccessKey
}

/** Calls with these keys. */
export function asUser({ emulator }: AwsRoad, keys: Keys): AwsCalls {
  return createAwsCalls(emulator, keys)
}
