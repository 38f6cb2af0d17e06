import { replayEvents } from '@ckan-uplink/core/operations'
import type { Command } from 'commander'
import {
  addCommonOptions,
  type CommandContext,
  type CommonOptions,
  failuresOrStopped,
  type RunOn,
  toTime,
} from './command-context.ts'
import { createStatusLine } from './status-line.ts'

const HELP = `
Sends the events of all uploads whose records changed since a time again, to all receivers: for a receiver that was
down for longer than the queue keeps events. Each event has the id that it had before, so receivers can drop repeats.
The events wait in the bucket, and the linker sends them within the hour.

Examples:
  npm run uplink -- events replay --since 2026-11-01T12:00:00Z --env production
  npm run uplink -- events replay --since 2d`

interface ReplayCommand extends CommonOptions {
  readonly since: ReturnType<typeof toTime>
}

/** `events`: what receivers hear about uploads. */
export function addEvents(program: Command, runOn: RunOn): void {
  const events = program.command('events').description('Send events to their receivers again')
  addCommonOptions(events.command('replay').description('Send the events of uploads since a time again'))
    .requiredOption('--since <time>', 'time, such as 2026-11-01T12:00:00Z, or an age, such as 2d', toTime)
    .addHelpText('after', HELP)
    .action((options: ReplayCommand) =>
      runOn({ ...options, withoutCkan: true }, (context) => replay(options.since.time, context)),
    )
}

async function replay(since: Date, { printer, linkDeps, signal }: CommandContext): Promise<number> {
  if (linkDeps.settings.webhookUrls.length === 0) {
    console.error('This environment has no receivers: set webhookUrls and webhookSecret, and deploy.')
    return 1
  }
  const status = createStatusLine()
  let events = 0
  for await (const _ of replayEvents(linkDeps, since)) {
    events += 1
    status.show(`${events} events so far`)
    if (signal.aborted) break
  }
  status.clear()
  printer.result({ events }, `${events} events wait in the bucket. The linker sends them within the hour.`)
  return failuresOrStopped(0, signal)
}
