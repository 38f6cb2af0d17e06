import { printRows, type Row, UsageError } from '@ckan-uplink/cli'
import { isDone, type Registered, registerFiles, scanFiles } from '@ckan-uplink/core/operations'
import type { Command } from 'commander'
import {
  addCommonOptions,
  type CommandContext,
  type CommonOptions,
  failuresOrStopped,
  type RunOn,
} from './command-context.ts'
import { type Counts, count, totalOf } from './count-rows.ts'
import { describeOutcome } from './describe-outcome.ts'
import { addFilesMigrate } from './files-migrate.ts'
import { requireSysadmin } from './require-sysadmin.ts'
import { toMib } from './to-mib.ts'

const HELP = `
With filesStorage the linker makes each linked file a file of CKAN. These commands concern files from before, and files whose
registration was cut short.

scan lists every object of the bucket: tracked (CKAN has the file), untracked, theirs (CKAN gave it to another owner, or has it no
more), unlinked (no resource showed it), unregistrable (CKAN cannot have a file of it). It asks CKAN nothing. Earlier files of a resource stay untracked.
register makes untracked objects files of CKAN, if a resource shows them. It needs the token of a sysadmin, three calls of CKAN
per file, and continues where it was interrupted.
migrate makes new files in the bucket of files in another storage of CKAN, with the same owner, pin and name. The new files have
new ids, and the old files stay. Without --fix it changes nothing. After a crash or Ctrl-C, run the same command again.

Examples:
  npm run uplink -- files scan --env production
  npm run uplink -- files register --env production --json
  npm run uplink -- files migrate --env production --from default --fix
  npm run uplink -- files migrate --env production --from default --owner package/ID --fix`

/** `files`: the objects of the bucket as files of CKAN. */
export function addFiles(program: Command, runOn: RunOn): void {
  const files = program.command('files').description("Find and register objects that are not among CKAN's files")
  files.addHelpText('after', HELP)
  addCommonOptions(files.command('scan').description('List all objects, with their files in CKAN')).action(
    (options: CommonOptions) => runOn({ ...options, withoutCkan: true }, scan),
  )
  addCommonOptions(files.command('register').description('Register untracked objects in CKAN')).action(
    (options: CommonOptions) => runOn(options, register),
  )
  addFilesMigrate(files, (options, command) =>
    runOn(options, (context) => {
      requireStorage(context.linkDeps.settings)
      return command(context)
    }),
  )
}

async function scan({ linkDeps, printer, signal }: CommandContext): Promise<number> {
  requireStorage(linkDeps.settings)
  const counts: Counts = new Map()
  async function* rows(): AsyncGenerator<Row> {
    for await (const { state, ...facts } of scanFiles(linkDeps)) {
      count(counts, state)
      yield rowOf(state, facts, facts.file ?? facts.reason ?? '')
      if (signal.aborted) return
    }
  }
  await printRows(printer, ['what', 'key', 'MiB', 'file or reason'], rows())
  console.log(totalOf(counts, printer, 'objects'))
  return failuresOrStopped(0, signal)
}

async function register(context: CommandContext): Promise<number> {
  const { linkDeps, printer, signal } = context
  requireStorage(linkDeps.settings)
  await requireSysadmin(context)
  const counts: Counts = new Map()
  async function* rows(): AsyncGenerator<Row> {
    for await (const registered of registerFiles(linkDeps)) {
      const row = toRow(registered)
      count(counts, row.cells[0])
      yield row
      if (signal.aborted) return
    }
  }
  await printRows(printer, ['what', 'key', 'MiB', 'file or reason'], rows())
  console.log(totalOf(counts, printer, 'objects'))
  return failuresOrStopped(counts.get('failed') ?? 0, signal)
}

function toRow({ key, size, file, outcome }: Registered) {
  const reason = describeOutcome(outcome)
  if (file !== undefined) return rowOf('registered', { key, size, file }, file)
  return rowOf(isDone(outcome) ? 'left' : 'failed', { key, size, reason }, reason)
}

function rowOf(
  kind: string,
  facts: { readonly key: string; readonly size: number } & Readonly<Record<string, unknown>>,
  last: string,
) {
  return { result: { kind, ...facts }, cells: [kind, facts.key, toMib(facts.size), last] as const }
}

function requireStorage({ filesStorage }: CommandContext['linkDeps']['settings']): void {
  if (filesStorage === undefined)
    throw new UsageError('This environment registers no files: set filesStorage in its entry, and deploy.')
}
