import type { Command } from 'commander'
import { findGateway } from './find-gateway.ts'
import type { FindDeployment } from './open-environment.ts'

/**
 * Adds `--env` to the commands of users, so that they find the gateway by the name of its environment. Arguments take
 * precedence over variables of the process.
 */
export function addEnvironmentOption(
  program: Command,
  find: FindDeployment,
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const commands = leavesOf(program)
  for (const command of commands)
    command.option('--env <name>', 'environment of the gateway, a name in environments.ts (default: UPLINK_ENV)')
  program.hook('preAction', async (_program, command) => {
    const { gateway, env: named } = command.opts<{ readonly gateway?: string; readonly env?: string }>()
    const name = named ?? (env['CKAN_UPLINK_GATEWAY'] ? undefined : env['UPLINK_ENV'])
    if (commands.includes(command) && gateway === undefined && name)
      command.setOptionValue('gateway', await findGateway(find(name), env))
  })
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}
