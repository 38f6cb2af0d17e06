import { printRows, type Row, toMilliseconds } from '@ckan-uplink/cli'
import { messageOf } from '@ckan-uplink/core'
import { type CleanCandidate, findCleanable, removeCleanable } from '@ckan-uplink/core/operations'
import { DAY_MS, MIB } from '@ckan-uplink/core/support'
import type { Command } from 'commander'
import { type CommonOptions, common, failuresUnlessStopped, type RunOn, type Work } from './context.ts'
import { demandSysadmin } from './demand-sysadmin.ts'
import { createStatusLine } from './status-line.ts'

const HELP = `
Without --fix nothing is removed: it says what would be. Never anything that CKAN points to, in any dataset; that is asked again
right before. Takes a sysadmin's token, from whom CKAN hides nothing.

Examples:
  npm run uplink -- clean --older-than 30d --env production
  npm run uplink -- clean --older-than 30d --fix`

interface CleanCommand extends CommonOptions {
  readonly olderThan: number
  readonly fix: boolean
}

/** `clean`: removes objects that nothing needs any more. */
export function addClean(program: Command, runOn: RunOn): void {
  common(program.command('clean').description('Find files that nothing in CKAN needs any more, and remove them'))
    .requiredOption('--older-than <age>', 'only what was put, and asked for, longer ago: 30d', toMilliseconds)
    .option('--fix', 'remove them for good', false)
    .addHelpText('after', HELP)
    .action((options: CleanCommand) => runOn(options, (work) => run(options, work)))
}

interface Tally {
  count: number
  bytes: number
  failures: number
}

async function run({ olderThan, fix: remove }: CleanCommand, work: Work): Promise<number> {
  const { printer, linkDeps, lister, signal } = work
  await demandSysadmin(work)
  const tally: Tally = { count: 0, bytes: 0, failures: 0 }
  const candidates = findCleanable({ ...linkDeps, lister }, { olderThanDays: olderThan / DAY_MS })
  await printRows(printer, ['what', 'key', 'MiB', 'since', 'why'], rowsOf(candidates, { work, remove, tally }))
  const { count, bytes, failures } = tally
  const total = { kind: 'total', count, bytes, failures, removed: remove }
  console.log(
    printer.json ? JSON.stringify(total) : `${count} ${remove ? 'removed' : 'would be removed'}, ${toMib(bytes)} MiB.`,
  )
  return failuresUnlessStopped(remove ? failures : count, signal, 'the same command finds what is left.')
}

interface Run {
  readonly work: Work
  readonly remove: boolean
  readonly tally: Tally
}

async function* rowsOf(candidates: AsyncIterable<CleanCandidate>, { work, remove, tally }: Run): AsyncGenerator<Row> {
  const status = createStatusLine()
  for await (const candidate of candidates) {
    const { what, why } = remove
      ? await removeOne(candidate, work)
      : { what: 'would be removed', why: candidate.reason }
    if (what === 'failed') tally.failures += 1
    else if (what !== 'kept') {
      tally.count += 1
      tally.bytes += candidate.size
    }
    status.clear()
    yield toRow(candidate, what, why)
    if (work.signal.aborted) return
    status.show(`${tally.count} so far, ${toMib(tally.bytes)} MiB`)
  }
  status.clear()
}

async function removeOne(
  candidate: CleanCandidate,
  { linkDeps, lister }: Work,
): Promise<{ readonly what: string; readonly why: string }> {
  try {
    if (await removeCleanable({ ...linkDeps, lister }, candidate)) return { what: 'removed', why: candidate.reason }
    return { what: 'kept', why: 'It is needed after all, or has changed meanwhile.' }
  } catch (thrown) {
    return { what: 'failed', why: messageOf(thrown) }
  }
}

function toRow({ key, size, modifiedAt }: CleanCandidate, what: string, why: string): Row {
  const since = modifiedAt.toISOString()
  return {
    result: { kind: what, key, size, modified_at: since, reason: why },
    cells: [what, key, toMib(size), since.slice(0, 10), why],
  }
}

function toMib(bytes: number): string {
  return (bytes / MIB).toFixed(1)
}
