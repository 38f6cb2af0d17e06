import { type Command, Option } from 'commander'
import { common, toCount } from './options.ts'
import type { RunCommand } from './work.ts'

const UPLOAD_EXAMPLES = `
Examples:
  ckan-uplink upload airports.csv --resource 6e2a4cb0-7c9c-4a3a-8a3e-6f1f2f3c4d5e
  ckan-uplink upload data/ --dataset air-quality
  ckan-uplink upload data/ --dataset air-quality --replace-by-name
  ckan-uplink upload data/ --dataset air-quality --replace-by-name --names file
  ckan-uplink upload *.csv --dataset air-quality --wait loaded --json

A resource is named after the path of its file below the folder, such as 2023/data.csv. The same command again sends the files of
a folder to the resources that it has created. With --replace-by-name, a file goes to the resource that has its name. A
resource that has only the file's name, such as data.csv, is replaced if no other file has that name.

Large files are sent in parts. After a crash, a kill or Ctrl-C, run the same command again: it sends only the missing files and
parts. It also uses a resource again that it created for a file whose upload failed.`

const REMOVE_EXAMPLE = `
Example:
  ckan-uplink remove 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e --reason "It holds names of persons."

First give the resource another file or URL in CKAN. A file that CKAN still shows, also in a copied dataset, is not removed.`

/** Commands for uploads: send files, follow them, withdraw them. */
export function addUploadCommands(program: Command, run: RunCommand): void {
  common(
    program
      .command('upload')
      .description('Upload files, or all files of a folder but hidden ones and system files')
      .argument('<file...>'),
  )
    .option('--resource <id>', 'the resource that gets the file')
    .option('--dataset <id>', 'the dataset, by id or name, that gets a new resource for each file')
    .option(
      '--replace-by-name',
      "replace the file of the dataset's resource with the same name, if there is one",
      false,
    )
    .addOption(
      new Option(
        '--names <kind>',
        "name resources after the file or after its path below the folder (default: the path, or the file's name if it is unique and a resource has it)",
      ).choices(['file', 'path']),
    )
    .option('--name <name>', "the file's name in CKAN, if it differs from the name on disk")
    .option('--format <format>', "the format in CKAN's terms, such as CSV")
    .option('--parts-at-once <number>', 'how many parts of a file to send at the same time', toCount, 4)
    .option('--files-at-once <number>', 'how many files and parts to send at the same time', toCount, 8)
    .option('--no-checksum', 'do not compute the SHA-256 of the file before sending it')
    .option('--no-resume', 'do not continue an interrupted upload: start again')
    .addOption(new Option('--wait <goal>', 'what to wait for').choices(['linked', 'loaded', 'none']).default('linked'))
    .addHelpText('after', UPLOAD_EXAMPLES)
    .action((files, options) =>
      run(options, async (work) => (await import('./upload-files.ts')).uploadFiles(files, options, work)),
    )

  common(
    program
      .command('status')
      .description('Show the state of uploads, or of the files of resources')
      .argument('<id...>', 'ids of uploads or resources'),
  )
    .addHelpText('after', '\nExample:\n  ckan-uplink status 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e')
    .action((ids, options) => run(options, async (work) => (await import('./status.ts')).showStatus(ids, work)))

  common(
    program
      .command('watch')
      .description('Wait for uploads and show their progress')
      .argument('<id...>', 'ids of uploads'),
  )
    .addOption(new Option('--for <goal>', 'what to wait for').choices(['linked', 'loaded']).default('linked'))
    .addHelpText('after', '\nExample:\n  ckan-uplink watch 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e --for loaded')
    .action((ids, options) =>
      run(options, async (work) => (await import('./watch.ts')).watchUploads(ids, options, work)),
    )

  common(
    program
      .command('remove')
      .description('Withdraw files that were uploaded by mistake and that CKAN no longer shows')
      .argument('<id...>', 'ids of uploads'),
  )
    .requiredOption('--reason <text>', 'the reason, which stays in the record')
    .addHelpText('after', REMOVE_EXAMPLE)
    .action((ids, options) =>
      run(options, async (work) => (await import('./remove-uploads.ts')).removeUploads(ids, options, work)),
    )
}
