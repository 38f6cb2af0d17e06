import { printRows, type Row, toMilliseconds } from '@ckan-uplink/cli'
import { messageOf } from '@ckan-uplink/core'
import { findUnneededFiles, removeUnneededFile, type UnneededFile } from '@ckan-uplink/core/operations'
import { DAY_MS } from '@ckan-uplink/core/support'
import type { Command } from 'commander'
import {
  addCommonOptions,
  type CommandContext,
  type CommonOptions,
  failuresOrStopped,
  type RunOn,
} from './command-context.ts'
import { requireSysadmin } from './require-sysadmin.ts'
import { createStatusLine } from './status-line.ts'
import { toMib } from './to-mib.ts'

const HELP = `
Without --fix it removes nothing and lists the files that it would remove. It never removes a file that CKAN points
to, in any dataset: it asks CKAN again right before each removal. It needs the token of a sysadmin, because CKAN hides
datasets from other users.

Examples:
  npm run uplink -- clean --older-than 30d --env production
  npm run uplink -- clean --older-than 30d --fix`

interface CleanCommand extends CommonOptions {
  readonly olderThan: number
  readonly fix: boolean
}

/** `clean`: removes objects that CKAN does not need any more. */
export function addClean(program: Command, runOn: RunOn): void {
  addCommonOptions(program.command('clean').description('Find and remove files that CKAN does not need any more'))
    .requiredOption(
      '--older-than <age>',
      'only files that were requested and uploaded longer ago, for example 30d',
      toMilliseconds,
    )
    .option('--fix', 'remove the files permanently', false)
    .addHelpText('after', HELP)
    .action((options: CleanCommand) => runOn(options, (context) => run(options, context)))
}

interface Tally {
  count: number
  bytes: number
  failures: number
}

async function run({ olderThan, fix: remove }: CleanCommand, context: CommandContext): Promise<number> {
  const { printer, linkDeps, lister, signal } = context
  await requireSysadmin(context)
  const tally: Tally = { count: 0, bytes: 0, failures: 0 }
  const candidates = findUnneededFiles({ ...linkDeps, lister }, { olderThanDays: olderThan / DAY_MS })
  await printRows(printer, ['what', 'key', 'MiB', 'since', 'why'], rowsOf(candidates, { context, remove, tally }))
  const { count, bytes, failures } = tally
  const total = { kind: 'total', count, bytes, failures, removed: remove }
  console.log(
    printer.json ? JSON.stringify(total) : `${count} ${remove ? 'removed' : 'would be removed'}, ${toMib(bytes)} MiB.`,
  )
  return failuresOrStopped(remove ? failures : count, signal, 'Run the same command again to find the rest.')
}

interface Run {
  readonly context: CommandContext
  readonly remove: boolean
  readonly tally: Tally
}

async function* rowsOf(candidates: AsyncIterable<UnneededFile>, { context, remove, tally }: Run): AsyncGenerator<Row> {
  const status = createStatusLine()
  for await (const candidate of candidates) {
    const { what, why } = remove
      ? await removeOne(candidate, context)
      : { what: 'would be removed', why: candidate.reason }
    if (what === 'failed') tally.failures += 1
    else if (what !== 'kept') {
      tally.count += 1
      tally.bytes += candidate.size
    }
    status.clear()
    yield toRow(candidate, what, why)
    if (context.signal.aborted) return
    status.show(`${tally.count} so far, ${toMib(tally.bytes)} MiB`)
  }
  status.clear()
}

async function removeOne(
  candidate: UnneededFile,
  { linkDeps, lister }: CommandContext,
): Promise<{ readonly what: string; readonly why: string }> {
  try {
    if (await removeUnneededFile({ ...linkDeps, lister }, candidate)) return { what: 'removed', why: candidate.reason }
    return { what: 'kept', why: 'CKAN needs it, or it has changed since.' }
  } catch (thrown) {
    return { what: 'failed', why: messageOf(thrown) }
  }
}

function toRow({ key, size, modifiedAt }: UnneededFile, what: string, why: string): Row {
  const since = modifiedAt.toISOString()
  return {
    result: { kind: what, key, size, modified_at: since, reason: why },
    cells: [what, key, toMib(size), since.slice(0, 10), why],
  }
}
