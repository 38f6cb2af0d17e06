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
import { collecting } from './collecting.ts'
import { type CommonOptions, common, failuresUnlessStopped, type RunOn, type Work } from './context.ts'
import { demandSysadmin } from './demand-sysadmin.ts'
import { type DropOptions, dropMessages } from './drop-parked.ts'
import { detailOf } from './outcome-words.ts'
import { checkSelection, HEAD, type Selection, select, selection, toRow } from './parked-selection.ts'

const ABOUT = `
Messages that can't succeed as things are wait below uplink/parked/ in the bucket. Each of these commands first brings there what
lies in the dead-letter place.`

const REPLAY_HELP = `
Replaying is harmless, also twice: the linker looks at what CKAN and the bucket have now. What still can't be linked stays.
A message that couldn't be read is decoded again, so that an update of the decoder helps.
It takes a sysadmin's token.

Examples:
  npm run uplink -- parked replay 0d4f6c1b2a3948576f0e1d2c3b4a5968
  npm run uplink -- parked replay --reason "could not be reached" --env production`

const DROP_HELP = `
Examples:
  npm run uplink -- parked drop 0d4f6c1b2a3948576f0e1d2c3b4a5968
  npm run uplink -- parked drop --reason "does not exist in CKAN" --yes`

/** `parked`: what waits for an operator, and how it goes on or goes away. */
export function addParked(program: Command, runOn: RunOn): void {
  const parked = program
    .command('parked')
    .description('See, replay or drop messages that wait for somebody')
    .addHelpText('after', ABOUT)
  const run = (options: CommonOptions, command: (work: Work) => Promise<number>) =>
    runOn({ ...options, withoutCkan: true }, collecting(command))

  common(parked.command('list').description('List them'))
    .addHelpText(
      'after',
      '\nExit code 1: there are some.\n\nExample:\n  npm run uplink -- parked list --env production',
    )
    .action((options: CommonOptions) => run(options, list))

  common(parked.command('show').description('Show one of them whole').argument('<id>', 'of a parked message'))
    .addHelpText('after', '\nExample:\n  npm run uplink -- parked show 0d4f6c1b2a3948576f0e1d2c3b4a5968')
    .action((id: string, options: CommonOptions) => run(options, (work) => show(id, work)))

  selection(parked.command('replay').description('Give them to the linker again, once the cause is mended'))
    .addHelpText('after', REPLAY_HELP)
    .action((ids: readonly string[], options: Selection) => {
      checkSelection(ids, options)
      return runOn(
        options,
        collecting((work) => replay(ids, options, work)),
      )
    })

  selection(parked.command('drop').description('Remove them for good; their files stay'))
    .option('--yes', "don't ask", false)
    .addHelpText('after', DROP_HELP)
    .action((ids: readonly string[], options: DropOptions) => {
      checkSelection(ids, options)
      return run(options, (work) => dropMessages(ids, options, work))
    })
}

async function list({ linkDeps, printer }: Work): Promise<number> {
  const count = await printRows(printer, HEAD, rowsOf(listParked(linkDeps.store)))
  if (count === 0 && !printer.json) console.error('Nothing is parked.')
  return count
}

async function* rowsOf(messages: AsyncIterable<ParkedMessage>): AsyncGenerator<Row> {
  for await (const message of messages) yield toRow(message)
}

async function show(id: string, { linkDeps, printer }: Work): Promise<number> {
  const message = await readParked(linkDeps.store, id)
  if (message === undefined) return noteMissing(printer)(id)
  console.log(printer.json ? JSON.stringify(message) : JSON.stringify(message, undefined, 2))
  return 0
}

async function replay(ids: readonly string[], options: Selection, work: Work): Promise<number> {
  const { printer, linkDeps, cloud } = work
  await demandSysadmin(work)
  let failures = 0
  const messages = select(ids, options, work, (id) => {
    failures += noteMissing(printer)(id)
  })
  let done = 0
  // How many there are of those that fit is known at the end.
  const total = options.all ? await countParked(linkDeps.store) : ids.length
  const bar = createCountBar(total)
  for await (const { message, outcome } of replayParked({ ...linkDeps, decode: cloud.decode }, messages)) {
    bar.clear()
    failures += printOutcome(work, message, outcome)
    done += 1
    if (total > 0) bar.show(done)
  }
  bar.clear()
  return failuresUnlessStopped(failures, work.signal)
}

function noteMissing(printer: Work['printer']) {
  return (id: string): number => {
    printer.failure({ id, reason: 'There is no such parked message.' }, id)
    return 1
  }
}

/** Gives how many failed: 0 or 1. */
function printOutcome({ printer }: Work, { id, event }: ParkedMessage, outcome: Outcome): number {
  const key = event?.key ?? ''
  const result = { id, key, ...outcome }
  const why = detailOf(outcome)
  const stays = !isDone(outcome)
  if (stays) printer.failure({ ...result, reason: why }, `${id}  ${key}`)
  else printer.result(result, `${id}  ${outcome.kind}  ${key}  ${why}`.trimEnd())
  return stays ? 1 : 0
}
