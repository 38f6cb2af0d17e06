import { type Command, Option } from 'commander'
import { common } from './options.ts'
import type { RunCommand } from './work.ts'

const RESTORE_EXAMPLE = `
Example:
  ckan-uplink versions restore 6e2a4cb0-7c9c-4a3a-8a3e-6f1f2f3c4d5e 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e

The file is copied inside the bucket to a new upload. If a person changes the resource in CKAN meanwhile, that change stays.`

/** Commands for the present and earlier files of a resource. */
export function addVersionCommands(program: Command, run: RunCommand): void {
  const versions = program
    .command('versions')
    .description('List, open, restore and remove the present and earlier files of a resource')

  common(versions.command('list').description('List them, the newest first').argument('<resource>', 'its id')).action(
    (resource, options) => run(options, async (work) => (await import('./versions.ts')).listVersions(resource, work)),
  )

  common(
    versions
      .command('open')
      .description('Save one of the files')
      .argument('<resource>', 'the id of the resource')
      .argument('<upload>', 'the id of the upload'),
  )
    .option('--output <path>', 'where to save it (default: the name of the file); - for stdout')
    .action((resource, upload, options) =>
      run(options, async (work) => (await import('./versions.ts')).openVersion(resource, upload, options, work)),
    )

  common(
    versions
      .command('restore')
      .description('Let CKAN show an earlier file again')
      .argument('<resource>', 'the id of the resource')
      .argument('<upload>', 'the id of the upload'),
  )
    .addOption(new Option('--wait <goal>', 'what to wait for').choices(['linked', 'loaded', 'none']).default('linked'))
    .addHelpText('after', RESTORE_EXAMPLE)
    .action((resource, upload, options) =>
      run(options, async (work) => (await import('./versions.ts')).restoreVersion(resource, upload, options, work)),
    )

  common(
    versions
      .command('remove')
      .description('Withdraw earlier files for good: the same as ckan-uplink remove')
      .argument('<upload...>', 'ids of uploads'),
  )
    .requiredOption('--reason <text>', 'the reason, which stays in the record')
    .action((ids, options) =>
      run(options, async (work) => (await import('./remove-uploads.ts')).removeUploads(ids, options, work)),
    )
}
