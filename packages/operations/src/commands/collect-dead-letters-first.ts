import { messageOf } from '@ckan-uplink/core'
import { collectDeadLetters } from '@ckan-uplink/core/operations'
import type { CommandContext } from './command-context.ts'

/**
 * Wraps a command: dead letters become parked messages before it runs. If they cannot be collected, the wrapper reports
 * and counts the failure, and the command still works on the messages that are parked already.
 */
export function collectDeadLettersFirst(
  command: (context: CommandContext) => Promise<number>,
): (context: CommandContext) => Promise<number> {
  return async (context) => {
    const failures = await collect(context)
    return failures + (await command(context))
  }
}

async function collect({ linkDeps, cloud, printer }: CommandContext): Promise<number> {
  try {
    const count = await collectDeadLetters({ ...linkDeps, ...cloud })
    if (count > 0)
      console.error(`${count} dead ${count === 1 ? 'letter was' : 'letters were'} moved to the parked messages.`)
    return 0
  } catch (thrown) {
    printer.failure({ reason: messageOf(thrown) }, 'Dead letters')
    return 1
  }
}
