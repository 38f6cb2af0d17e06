import type { CkanAccess } from '../../../support/ckan-calls.ts'
import { runCli } from '../../../support/cli.ts'
import { givenEnvironments } from '../../../support/give-environments.ts'
import type { Ended } from '../../../support/operated-edition.ts'
import type { AwsRoad } from './aws-road.ts'
import { NAME } from './cdk.ts'

/** Runs an operator's command, for the gateway as CKAN's URLs have it unless another address is given, such as that by which it is reached. */
export type OperatorsCommand = (args: string, gateway?: string) => Promise<Ended>

/** MiniStack refuses every preflight of an HTTP API. */
export const NOT_EMULATED = 'browsers at the gateway'

/** As the root of the account, or whoever these credentials belong to. */
export function operatorOf(road: AwsRoad, ckan: CkanAccess, credentials: Readonly<Record<string, string>> = {}): OperatorsCommand {
  const { emulator, environment, outputs, folder } = road
  return (args, gateway = outputs.gatewayUrl) => {
    const token = { CKAN_API_TOKEN: ckan.tokens.admin, UPLINK_ENV: NAME, XDG_STATE_HOME: folder }
    const env = { ...emulator.env, ...credentials, ...givenEnvironments({ [NAME]: environment }), ...token }
    return runCli([...args.split(' '), '--gateway', gateway], { cwd: folder, program: 'npm run uplink', env })
  }
}
