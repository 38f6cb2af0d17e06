import { printRows, type Row, UsageError } from '@ckan-uplink/cli'
import { type ReconcileOptions, type ReconcileStep, reconcile, rehearse } from '@ckan-uplink/core/operations'
import type { Command } from 'commander'
import { type CommonOptions, common, failuresUnlessStopped, type RunOn, toTime, type Work } from './context.ts'
import { demandSysadmin } from './demand-sysadmin.ts'
import { type KeptPosition, keptPosition } from './kept-position.ts'
import { judge, type Tally, wordsOf } from './reconcile-findings.ts'
import { createStatusLine } from './status-line.ts'

const HELP = `
Without --fix nothing is written: it says what would be. What it can't mend itself it tells of in both cases: files whose resource is
not in CKAN (see clean), and resources whose file is not in the bucket.

Takes a sysadmin's token. A run that was cut short goes on where it was, within a day. Exit code 1: something was found, or with --fix is left.

Examples:
  npm run uplink -- reconcile --env production
  npm run uplink -- reconcile --dataset air-quality --fix
  npm run uplink -- reconcile --since 7d --fix --json`

interface ReconcileCommand extends CommonOptions {
  readonly dataset?: string
  readonly since?: { readonly text: string; readonly time: Date }
  readonly fix: boolean
  readonly resume: boolean
}

/** `reconcile`: what was missed between bucket and CKAN, in both directions. */
export function addReconcile(program: Command, runOn: RunOn): void {
  common(program.command('reconcile').description('Find what was missed between bucket and CKAN, and mend it'))
    .option('--dataset <id>', 'only this dataset, by id or name')
    .option(
      '--since <when>',
      'only what was put or changed since then: 2026-11-01, 2026-11-01T12:00:00Z, 7d, 12h',
      toTime,
    )
    .option('--fix', 'mend what can be mended', false)
    .option('--no-resume', 'begin anew where a run was cut short')
    .addHelpText('after', HELP)
    .action((options: ReconcileCommand) => runOn(options, (work) => run(options, work)))
}

async function run(command: ReconcileCommand, work: Work): Promise<number> {
  const { fix, resume, since } = command
  const { name, linkDeps, lister, printer, signal } = work
  await demandSysadmin(work)
  const dataset = command.dataset === undefined ? undefined : await idOf(command.dataset, work)
  const kept = keptPosition({
    name,
    bucket: linkDeps.settings.bucket,
    ckan: linkDeps.settings.ckanUrl,
    dataset,
    since: since?.text,
    fix,
  })
  const cut = resume ? await kept.read() : undefined
  if (cut) console.error(`Goes on where the run of ${cut.since} was cut short; --no-resume begins anew.`)
  const after = cut && { after: cut.position }
  const deps = fix ? { ...linkDeps, lister } : rehearse({ ...linkDeps, lister })
  const options: ReconcileOptions = {
    lister: deps.lister,
    restoreRecords: true,
    ...(dataset !== undefined && { dataset }),
    ...(since && { since: since.time }),
    ...after,
  }
  const tally: Tally = { looked: 0, counts: {}, left: 0 }
  const steps = reconcile(deps, options)
  await printRows(printer, ['what', 'where', 'why'], rowsOf(steps, { tally, kept, fix, signal }))
  const total = { kind: 'total', looked_at: tally.looked, ...tally.counts, left: tally.left }
  console.log(printer.json ? JSON.stringify(total) : `${tally.looked} looked at: ${wordsOf(tally)}.`)
  return failuresUnlessStopped(tally.left, signal, 'the same command goes on from here.')
}

async function idOf(idOrName: string, { linkDeps }: Work): Promise<string> {
  const dataset = await linkDeps.catalog.readDataset(idOrName)
  if (dataset === undefined)
    throw new UsageError(`CKAN has no dataset ${JSON.stringify(idOrName)}: give its id or name.`)
  return dataset.id
}

interface Run {
  readonly tally: Tally
  readonly kept: KeptPosition
  readonly fix: boolean
  readonly signal: AbortSignal
}

/** Rows of what is worth telling; the position is kept behind what was told. */
async function* rowsOf(steps: AsyncIterable<ReconcileStep>, { tally, kept, fix, signal }: Run): AsyncGenerator<Row> {
  const status = createStatusLine()
  for await (const { finding, position } of steps) {
    const row = finding && judge(finding, { tally, fix })
    status.show(`${tally.looked} looked at, ${position.phase}`)
    if (row) {
      status.clear()
      yield row
    }
    await kept.keep(position, signal.aborted ? 'now' : undefined)
    if (signal.aborted) return status.clear()
  }
  status.clear()
  await kept.forget()
}
