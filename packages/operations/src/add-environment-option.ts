import { UsageError } from '@ckan-uplink/cli'
import type { Command } from 'commander'
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
  program.hook('preAction', (_program, command) => {
    const { gateway, env: named } = command.opts<{ readonly gateway?: string; readonly env?: string }>()
    const name = named ?? (env['CKAN_UPLINK_GATEWAY'] ? undefined : env['UPLINK_ENV'])
    if (commands.includes(command) && gateway === undefined && name)
      command.setOptionValue('gateway', gatewayOf(find, name))
  })
}

function gatewayOf(find: FindDeployment, name: string): string {
  const deployment = find(name)
  if (!deployment.isGatewayUnknown) return deployment.settings.gatewayUrl
  throw new UsageError(
    `The cloud chose the address of the gateway of ${name}. Give it with --gateway: it is the output gatewayUrl of the stack.`,
  )
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}
