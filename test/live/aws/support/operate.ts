import { runCli } from '../../../../packages/cli/test/support/cli.ts'
import type { CkanAccess } from '../../../support/ckan-calls.ts'
import { givenEnvironments } from '../../../support/give-environments.ts'
import type { Ended } from '../../../support/operated-edition.ts'
import type { AwsRoad } from './aws-road.ts'
import { NAME } from './cdk.ts'

/** Runs an operator's command. */
export type OperatorsCommand = (args: string) => Promise<Ended>

/** What the doctor looks at of a deployment's parts at AWS. */
export const WIRING: readonly string[] = ['notifications', 'topic', 'queue', 'linker', 'dead-letter queue']

/** MiniStack refuses every preflight of an HTTP API. */
export const NOT_EMULATED = 'browsers at the gateway'

/** As the root of the account, or whoever these credentials belong to. */
export function operatorOf(
  road: AwsRoad,
  ckan: CkanAccess,
  credentials: Readonly<Record<string, string>> = {},
): OperatorsCommand {
  const { emulator, environment, outputs, folder } = road
  return (args) => {
    const token = { CKAN_API_TOKEN: ckan.tokens.admin, UPLINK_ENV: NAME, XDG_STATE_HOME: folder }
    const env = { ...emulator.env, ...credentials, ...givenEnvironments({ [NAME]: environment }), ...token }
    return runCli([...args.split(' '), '--gateway', outputs.gatewayUrl], {
      cwd: folder,
      program: 'npm run uplink',
      env,
    })
  }
}
