import { printRows, type Row, UsageError } from '@ckan-uplink/cli'
import { inBatches } from '@ckan-uplink/core/support'
import type { Command } from 'commander'
import type { FilesMove } from '../migrate/move-file.ts'
import {
  addCommonOptions,
  type CommandContext,
  type CommonOptions,
  failuresOrStopped,
  type RunOn,
} from './command-context.ts'
import { type Counts, count, totalOf } from './count-rows.ts'
import { requireSysadmin } from './require-sysadmin.ts'
import { toMib } from './to-mib.ts'

const AT_ONCE = 8
const WAIT_MS = 60_000

interface MigrateOptions extends CommonOptions {
  readonly from: string
  readonly owner: readonly string[]
  readonly journal: string
  readonly fix: boolean
}

/** `files migrate`: files in another storage of CKAN become files in this bucket. */
export function addFilesMigrate(files: Command, runOn: RunOn): void {
  addCommonOptions(files.command('migrate').description('Bring files of another storage of CKAN to the bucket'))
    .requiredOption('--from <storage>', "CKAN's name of the other storage")
    .option('--owner <type/id...>', 'only the files of these owners; CKAN 2.12 needs it', [])
    .option('--journal <file>', 'where to note which file became which', 'ckan-uplink-files.jsonl')
    .option('--fix', 'bring the files', false)
    .action((options: MigrateOptions) => runOn(options, (context) => run(options, context)))
}

async function run({ from, owner, journal, fix }: MigrateOptions, context: CommandContext): Promise<number> {
  const { linkDeps, cloud, client, token, printer, signal } = context
  const { filesStorage, ckanUrl } = linkDeps.settings
  if (from === filesStorage) throw new UsageError(`The storage ${from} is that of this environment: name another one.`)
  await requireSysadmin(context)
  const [{ connectionTo, lastEntries }, { listCkanFiles }, { moveFile }] = await Promise.all([
    import('@ckan-uplink/cli/migrate'),
    import('../migrate/ckan-files.ts'),
    import('../migrate/move-file.ts'),
  ])
  const work = { ...connectionTo(ckanUrl, token, client.tokenHeader), printer, signal }
  const former = await lastEntries(journal)
  const move: FilesMove = { work, linkDeps, importer: cloud.importer, journal, former, waitMs: WAIT_MS }
  const counts: Counts = new Map()
  async function* rows(): AsyncGenerator<Row> {
    for await (const batch of inBatches(listCkanFiles(work, { from, owners: owner }), AT_ONCE)) {
      for (const { file, state, to, reason } of await Promise.all(batch.map((one) => moveFile(one, fix, move)))) {
        count(counts, state)
        const result = { kind: state, file: file.id, name: file.name, size: file.size, to, reason }
        yield { result, cells: [state, file.id, toMib(file.size), to ?? reason ?? ''] }
      }
      if (signal.aborted) return
    }
  }
  await printRows(printer, ['what', 'file', 'MiB', 'new file or reason'], rows())
  const missing = ` CKAN shows none of the storage ${from}${owner.length > 0 ? ' with these owners' : ''}: check the name.`
  const toDo = fix ? '' : ' Nothing has changed. Run it with --fix to bring them.'
  const hint = counts.size === 0 ? missing : toDo
  console.log(totalOf(counts, printer, 'files', hint))
  return failuresOrStopped(counts.get('failed') ?? 0, signal)
}
