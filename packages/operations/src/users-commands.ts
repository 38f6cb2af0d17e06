import { UsageError } from '@ckan-uplink/cli'
import type { Command } from 'commander'
import { type FindDeployment, isGatewayUnknown } from './open-environment.ts'

/**
 * Lets the commands of users, which know a gateway by its address, know it by the name of its environment, too. What is given as
 * an argument goes before what the process's environment says.
 */
export function knowEnvironments(
  program: Command,
  find: FindDeployment,
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const commands = leavesOf(program)
  for (const command of commands)
    command.option(
      '--env <name>',
      'the environment whose gateway it is, by its name in environments.ts; else UPLINK_ENV',
    )
  program.hook('preAction', (_program, command) => {
    const { gateway, env: named } = command.opts<{ readonly gateway?: string; readonly env?: string }>()
    const name = named ?? (env['CKAN_UPLINK_GATEWAY'] ? undefined : env['UPLINK_ENV'])
    if (commands.includes(command) && gateway === undefined && name)
      command.setOptionValue('gateway', gatewayOf(find, name))
  })
}

function gatewayOf(find: FindDeployment, name: string): string {
  const deployment = find(name)
  if (!isGatewayUnknown(deployment)) return deployment.settings.gatewayUrl
  throw new UsageError(
    `AWS chose the address of the gateway of ${name}: give --gateway, the output gatewayUrl of the stack.`,
  )
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)
}
