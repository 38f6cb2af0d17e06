import { printRows, type Row, UsageError } from '@ckan-uplink/cli'
import { dryRun, type ReconcileOptions, type ReconcileStep, reconcile } from '@ckan-uplink/core/operations'
import type { Command } from 'commander'
import {
  addCommonOptions,
  type CommandContext,
  type CommonOptions,
  failuresOrStopped,
  type RunOn,
  toTime,
} from './command-context.ts'
import { countFinding, summarize, type Tally } from './count-finding.ts'
import { runMoveLinks } from './move-links.ts'
import { requireSysadmin } from './require-sysadmin.ts'
import { openResumePoint, type ResumePoint } from './resume-point.ts'
import { createStatusLine } from './status-line.ts'

const HELP = `
Without --fix it writes nothing and lists the changes that it would make. It always reports the findings that it cannot fix: files
whose resource is not in CKAN (see clean), and resources whose file is not in the bucket.

With --moved-from it compares nothing. It gives the links that begin with this former address of the gateway or its public host the
present address, and changes no other field.

It needs the token of a sysadmin. An interrupted run continues at the same position, within a day.
Exit code 1: it found something, or with --fix something is left.

Examples:
  npm run uplink -- reconcile --env production
  npm run uplink -- reconcile --dataset air-quality --fix
  npm run uplink -- reconcile --since 7d --fix --json
  npm run uplink -- reconcile --moved-from https://old-uploads.example.org`

interface ReconcileCommand extends CommonOptions {
  readonly dataset?: string
  readonly since?: { readonly text: string; readonly time: Date }
  readonly fix: boolean
  readonly resume: boolean
  readonly movedFrom?: string
}

/** `reconcile`: compares the bucket with CKAN, in both directions. */
export function addReconcile(program: Command, runOn: RunOn): void {
  addCommonOptions(program.command('reconcile').description('Find and fix differences between the bucket and CKAN'))
    .option('--dataset <id>', 'only this dataset (id or name)')
    .option(
      '--since <when>',
      'only files and resources that changed since then: 2026-11-01, 2026-11-01T12:00:00Z, 7d, 12h',
      toTime,
    )
    .option('--fix', 'fix the differences', false)
    .option('--no-resume', 'start from the beginning, even after an interrupted run')
    .option('--moved-from <url>', 'only give links with this former address the present address')
    .addHelpText('after', HELP)
    .action((options: ReconcileCommand) => runOn(options, (context) => run(options, context)))
}

async function run(command: ReconcileCommand, context: CommandContext): Promise<number> {
  const { fix, resume, since } = command
  const { name, linkDeps, lister, printer, signal } = context
  await requireSysadmin(context)
  const dataset = command.dataset === undefined ? undefined : await idOf(command.dataset, context)
  if (command.movedFrom !== undefined) return runMoveLinks({ fix, dataset, movedFrom: command.movedFrom }, context)
  const resumePoint = openResumePoint({
    name,
    bucket: linkDeps.settings.bucket,
    ckan: linkDeps.settings.ckanUrl,
    dataset,
    since: since?.text,
    fix,
  })
  const saved = resume ? await resumePoint.read() : undefined
  if (saved) console.error(`Continues the interrupted run of ${saved.since}; --no-resume starts from the beginning.`)
  const deps = fix ? { ...linkDeps, lister } : dryRun({ ...linkDeps, lister })
  const options: ReconcileOptions = {
    lister: deps.lister,
    restoreRecords: true,
    ...(dataset !== undefined && { dataset }),
    ...(since && { since: since.time }),
    ...(saved && { after: saved.position }),
  }
  const tally: Tally = { looked: 0, counts: {}, left: 0 }
  const steps = reconcile(deps, options)
  await printRows(printer, ['what', 'where', 'why'], rowsOf(steps, { tally, resumePoint, fix, signal }))
  const total = { kind: 'total', looked_at: tally.looked, ...tally.counts, left: tally.left }
  console.log(printer.json ? JSON.stringify(total) : `${tally.looked} looked at: ${summarize(tally)}.`)
  return failuresOrStopped(tally.left, signal, 'Run the same command again to continue from here.')
}

async function idOf(idOrName: string, { linkDeps }: CommandContext): Promise<string> {
  const dataset = await linkDeps.catalog.readDataset(idOrName)
  if (dataset === undefined)
    throw new UsageError(`CKAN has no dataset ${JSON.stringify(idOrName)}: give its id or name.`)
  return dataset.id
}

interface Run {
  readonly tally: Tally
  readonly resumePoint: ResumePoint
  readonly fix: boolean
  readonly signal: AbortSignal
}

/** The rows of the table. Saves the position only after the row has been printed. */
async function* rowsOf(
  steps: AsyncIterable<ReconcileStep>,
  { tally, resumePoint, fix, signal }: Run,
): AsyncGenerator<Row> {
  const status = createStatusLine()
  for await (const { finding, position } of steps) {
    const row = finding && countFinding(finding, { tally, fix })
    status.show(`${tally.looked} looked at, ${position.phase}`)
    if (row) {
      status.clear()
      yield row
    }
    await resumePoint.save(position, signal.aborted ? 'now' : undefined)
    if (signal.aborted) return status.clear()
  }
  status.clear()
  await resumePoint.remove()
}
