import { messageOf } from '@ckan-uplink/core'
import { collectDeadLetters } from '@ckan-uplink/core/operations'
import type { Work } from './context.ts'

/**
 * The command, after what lies in the dead-letter place was brought to the parked messages. A place that can't be emptied is told of
 * and counts as a failure, and keeps nobody from what is parked already.
 */
export function collecting(command: (work: Work) => Promise<number>): (work: Work) => Promise<number> {
  return async (work) => {
    const failures = await collect(work)
    return failures + (await command(work))
  }
}

async function collect({ linkDeps, cloud, printer }: Work): Promise<number> {
  try {
    const count = await collectDeadLetters({ ...linkDeps, ...cloud })
    if (count > 0)
      console.error(`${count} dead ${count === 1 ? 'letter was' : 'letters were'} brought to the parked messages.`)
    return 0
  } catch (thrown) {
    printer.failure({ reason: messageOf(thrown) }, 'Dead letters')
    return 1
  }
}
