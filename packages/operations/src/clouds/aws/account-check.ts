import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts'
import { type Check, right, wrong } from '../../doctor/check.ts'

/** Checks that the operator's credentials belong to the account of the entry. AWS lets every identity ask this. */
export function accountCheck(sts: Pick<STSClient, 'send'>, accountId: string): Check {
  return {
    name: 'account',
    adviceOnError: 'Sign in again: AWS does not accept your credentials.',
    async run() {
      const { Account, Arn } = await sts.send(new GetCallerIdentityCommand({}))
      if (Account === accountId) return right(`${accountId}, as ${Arn}`)
      return wrong(
        `Your credentials are those of ${Arn} in the account ${Account}, but the entry is for ${accountId}.`,
        `Sign in to ${accountId}, for example with another AWS_PROFILE.`,
      )
    },
  }
}
