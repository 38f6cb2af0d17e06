import type { Command } from 'commander'
import { common, toHosts } from './options.ts'
import type { RunCommand } from './work.ts'

const EXAMPLES = `
Examples:
  ckan-uplink migrate
  ckan-uplink migrate --dataset air-quality --fix
  ckan-uplink migrate --fix --journal moved.jsonl
  ckan-uplink migrate --fix --host old-bucket.s3.amazonaws.com
  ckan-uplink migrate --undo moved.jsonl --fix

Without --fix, it only counts the files that would move or go back. Use a token of a sysadmin: it moves what the token may see and update. The
files wait in a folder beside the journal on their way, so that folder needs some gigabytes.

After a crash, a kill or Ctrl-C, run the same command again: it moves the rest. A change of a person always stays, also when
the move is undone. CKAN's own files are not removed.`

/** The way in: files of an existing portal move to the bucket. */
export function addMigrateCommand(program: Command, run: RunCommand): void {
  common(
    program
      .command('migrate')
      .description("Move the files of CKAN's own store, or of named hosts, to the bucket while the portal runs"),
  )
    .option('--fix', 'move the files (default: count the files that would move)', false)
    .option('--dataset <id...>', 'only these datasets, by id or name')
    .option('--host <name...>', "move links to these hosts, too, and follow CKAN's redirects to them", toHosts)
    .option(
      '--private',
      'move tables of private datasets, which loaders then cannot read without the plugin for CKAN',
      false,
    )
    .option('--journal <file>', 'where to note what CKAN showed before', 'ckan-uplink-moved.jsonl')
    .option('--undo <journal>', 'put the URLs back that CKAN showed before')
    .addHelpText('after', EXAMPLES)
    .action((options) =>
      run(options, async (work) => {
        if (options.undo === undefined) return (await import('./migrate/move-files.ts')).migrateFiles(options, work)
        return (await import('./migrate/undo-move.ts')).undoMove(options.undo, options, work)
      }),
    )
}
