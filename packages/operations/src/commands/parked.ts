import { createCountBar, printRows, type Row } from '@ckan-uplink/cli'
import type { Outcome } from '@ckan-uplink/core'
import {
  countParked,
  isDone,
  listParked,
  type ParkedMessage,
  readParked,
  replayParked,
} from '@ckan-uplink/core/operations'
import type { Command } from 'commander'
import { collectDeadLettersFirst } from './collect-dead-letters-first.ts'
import {
  addCommonOptions,
  type CommandContext,
  type CommonOptions,
  failuresOrStopped,
  type RunOn,
} from './command-context.ts'
import { describeOutcome } from './describe-outcome.ts'
import { type DropOptions, dropMessages } from './drop-parked.ts'
import { addSelectionOptions, checkSelection, HEAD, type Selection, selectParked, toRow } from './parked-selection.ts'
import { requireSysadmin } from './require-sysadmin.ts'

const ABOUT = `
A message is parked below uplink/parked/ in the bucket when another attempt cannot succeed. Each of these commands
first moves the dead letters to the parked messages.`

const REPLAY_HELP = `
You can replay a message as often as you like: the linker compares CKAN and the bucket as they are now. A message that
still cannot be linked stays parked. A message that could not be read is decoded again, so a repaired decoder helps.
It needs the token of a sysadmin.

Examples:
  npm run uplink -- parked replay 0d4f6c1b2a3948576f0e1d2c3b4a5968
  npm run uplink -- parked replay --reason "could not be reached" --env production`

const DROP_HELP = `
Examples:
  npm run uplink -- parked drop 0d4f6c1b2a3948576f0e1d2c3b4a5968
  npm run uplink -- parked drop --reason "does not exist in CKAN" --yes`

/** `parked`: list, show, replay and drop parked messages. */
export function addParked(program: Command, runOn: RunOn): void {
  const parked = program
    .command('parked')
    .description('List, show, replay or drop the messages that wait for an operator')
    .addHelpText('after', ABOUT)
  const run = (options: CommonOptions, command: (context: CommandContext) => Promise<number>) =>
    runOn({ ...options, withoutCkan: true }, collectDeadLettersFirst(command))

  addCommonOptions(parked.command('list').description('List the parked messages'))
    .addHelpText(
      'after',
      '\nExit code 1: at least one message is parked.\n\nExample:\n  npm run uplink -- parked list --env production',
    )
    .action((options: CommonOptions) => run(options, list))

  addCommonOptions(
    parked.command('show').description('Show all of one parked message').argument('<id>', 'id of a parked message'),
  )
    .addHelpText('after', '\nExample:\n  npm run uplink -- parked show 0d4f6c1b2a3948576f0e1d2c3b4a5968')
    .action((id: string, options: CommonOptions) => run(options, (context) => show(id, context)))

  addSelectionOptions(
    parked.command('replay').description('Send messages through the linker again, after the cause is fixed'),
  )
    .addHelpText('after', REPLAY_HELP)
    .action((ids: readonly string[], options: Selection) => {
      checkSelection(ids, options)
      return runOn(
        options,
        collectDeadLettersFirst((context) => replay(ids, options, context)),
      )
    })

  addSelectionOptions(parked.command('drop').description('Remove messages permanently; their files stay'))
    .option('--yes', 'do not ask for confirmation', false)
    .addHelpText('after', DROP_HELP)
    .action((ids: readonly string[], options: DropOptions) => {
      checkSelection(ids, options)
      return run(options, (context) => dropMessages(ids, options, context))
    })
}

async function list({ linkDeps, printer }: CommandContext): Promise<number> {
  const count = await printRows(printer, HEAD, rowsOf(listParked(linkDeps.store)))
  if (count === 0 && !printer.json) console.error('Nothing is parked.')
  return count
}

async function* rowsOf(messages: AsyncIterable<ParkedMessage>): AsyncGenerator<Row> {
  for await (const message of messages) yield toRow(message)
}

async function show(id: string, { linkDeps, printer }: CommandContext): Promise<number> {
  const message = await readParked(linkDeps.store, id)
  if (message === undefined) return noteMissing(printer)(id)
  console.log(printer.json ? JSON.stringify(message) : JSON.stringify(message, undefined, 2))
  return 0
}

async function replay(ids: readonly string[], options: Selection, context: CommandContext): Promise<number> {
  const { printer, linkDeps, cloud } = context
  await requireSysadmin(context)
  let failures = 0
  const messages = selectParked(ids, options, context, (id) => {
    failures += noteMissing(printer)(id)
  })
  let done = 0
  // With --reason or --resource the total is known only at the end.
  const total = options.all ? await countParked(linkDeps.store) : ids.length
  const bar = createCountBar(total)
  for await (const { message, outcome } of replayParked({ ...linkDeps, decode: cloud.decode }, messages)) {
    bar.clear()
    failures += printOutcome(context, message, outcome)
    done += 1
    if (total > 0) bar.show(done)
  }
  bar.clear()
  return failuresOrStopped(failures, context.signal)
}

function noteMissing(printer: CommandContext['printer']) {
  return (id: string): number => {
    printer.failure({ id, reason: 'There is no such parked message.' }, id)
    return 1
  }
}

/** Returns the number of failures: 0 or 1. */
function printOutcome({ printer }: CommandContext, { id, event }: ParkedMessage, outcome: Outcome): number {
  const key = event?.key ?? ''
  const result = { id, key, ...outcome }
  const why = describeOutcome(outcome)
  const stays = !isDone(outcome)
  if (stays) printer.failure({ ...result, reason: why }, `${id}  ${key}`)
  else printer.result(result, `${id}  ${outcome.kind}  ${key}  ${why}`.trimEnd())
  return stays ? 1 : 0
}
