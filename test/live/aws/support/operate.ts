import { type Ended, runCliProcess } from '../../../../packages/cli/test/support/cli.ts'
import type { CkanAccess } from '../../../support/ckan-calls.ts'
import { givenEnvironments } from '../../../support/give-environments.ts'
import type { AwsRoad } from './aws-road.ts'
import { NAME } from './cdk.ts'

/** Runs a command of an operator. */
export type OperatorsCommand = (args: string) => Promise<Ended>

/** The doctor's checks of the services on AWS. */
export const WIRING: readonly string[] = ['notifications', 'topic', 'queue', 'linker', 'dead-letter queue']

/** MiniStack refuses every preflight of an HTTP API. */
export const NOT_EMULATED = 'browsers at the gateway'

/** Runs commands with these credentials, by default of the root of the account. */
export function operatorOf(
  road: AwsRoad,
  ckan: CkanAccess,
  credentials: Readonly<Record<string, string>> = {},
): OperatorsCommand {
  const { emulator, environment, folder } = road
  return (args) => {
    const token = { CKAN_API_TOKEN: ckan.tokens.admin, UPLINK_ENV: NAME, XDG_STATE_HOME: folder }
    const env = { ...emulator.env, ...credentials, ...givenEnvironments({ [NAME]: environment }), ...token }
    return runCliProcess(args.split(' '), {
      cwd: folder,
      program: 'npm run uplink',
      env,
    })
  }
}
