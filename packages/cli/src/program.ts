import { ConfigurationError, messageOf } from '@ckan-uplink/core'
import { Command, CommanderError, Option } from 'commander'
import { addCkanCommands } from './ckan-commands.ts'
import { connect } from './connect.ts'
import { common, toCount } from './options.ts'
import { createPrinter } from './printer.ts'
import { removeUploads } from './remove-uploads.ts'
import { showStatus } from './status.ts'
import { uploadFiles } from './upload-files.ts'
import { UsageError } from './usage-error.ts'
import { watchUploads } from './watch.ts'
import type { RunCommand } from './work.ts'

/** Adds commands to the program. A command passes its number of failures to `settle`, which decides the exit code. */
export type Extension = (program: Command, signal: AbortSignal, settle: (failures: number) => void) => void

const GATEWAY = `
The gateway is the first of: --gateway, CKAN_UPLINK_GATEWAY, the local edition that runs from this folder or a folder above.`

const GATEWAY_IN_CHECKOUT = `
The gateway is the first of: --gateway, the gateway of the environment --env, CKAN_UPLINK_GATEWAY, the gateway of UPLINK_ENV,
the local edition that runs from this folder or a folder above.`

const HELP = `
The CKAN token is CKAN_API_TOKEN, or the content of the file CKAN_API_TOKEN_FILE. If both are missing, a terminal asks for it.
It is not an argument, because other users of the machine can read arguments. If you call CKAN directly and it reads the token from
another header than Authorization, name that header in CKAN_TOKEN_HEADER.

Exit codes: 0 done, 1 something failed, 2 wrong use.`

const UPLOAD_EXAMPLES = `
Examples:
  ckan-uplink upload airports.csv --resource 6e2a4cb0-7c9c-4a3a-8a3e-6f1f2f3c4d5e
  ckan-uplink upload data/ --dataset air-quality --replace-by-name
  ckan-uplink upload *.csv --dataset air-quality --wait loaded --json

Large files are sent in parts. After a crash, a kill or Ctrl-C, run the same command again: it sends only the missing parts.
It also uses a resource again that it created for a file whose upload failed.`

const REMOVE_EXAMPLE = `
Example:
  ckan-uplink remove 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e --reason "It holds names of persons."

First give the resource another file or URL in CKAN. A file that CKAN still shows, also in a copied dataset, is not removed.`

const NO_OPERATORS = `
The commands for operators (parked, reconcile, clean, doctor) are in the checkout that deploys: npm run uplink -- --help`

/** Runs one command line. Returns the exit code. */
export async function run(args: readonly string[], signal: AbortSignal, extend?: Extension): Promise<number> {
  let failures = 0
  const runCommand: RunCommand = async (options, command) => {
    failures = await command({ ...(await connect(options)), printer: createPrinter(options), signal })
  }
  const program = new Command('ckan-uplink')
    .description('Upload files for CKAN straight to object storage.')
    .addHelpText('after', extend === undefined ? GATEWAY + HELP + NO_OPERATORS : GATEWAY_IN_CHECKOUT + HELP)
    .exitOverride()
    .showHelpAfterError('(see --help)')

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
    .option('--name <name>', "the file's name in CKAN, if it differs from the name on disk")
    .option('--format <format>', "the format in CKAN's terms, such as CSV")
    .option('--parts-at-once <number>', 'how many parts of a file to send at the same time', toCount, 4)
    .option('--no-checksum', 'do not compute the SHA-256 of the file before sending it')
    .option('--no-resume', 'do not continue an interrupted upload: start again')
    .addOption(new Option('--wait <goal>', 'what to wait for').choices(['linked', 'loaded', 'none']).default('linked'))
    .addHelpText('after', UPLOAD_EXAMPLES)
    .action((files, options) => runCommand(options, (work) => uploadFiles(files, options, work)))

  common(
    program
      .command('status')
      .description('Show the state of uploads, or of the files of resources')
      .argument('<id...>', 'ids of uploads or resources'),
  )
    .addHelpText('after', '\nExample:\n  ckan-uplink status 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e')
    .action((ids, options) => runCommand(options, (work) => showStatus(ids, work)))

  common(
    program
      .command('watch')
      .description('Wait for uploads and show their progress')
      .argument('<id...>', 'ids of uploads'),
  )
    .addOption(new Option('--for <goal>', 'what to wait for').choices(['linked', 'loaded']).default('linked'))
    .addHelpText('after', '\nExample:\n  ckan-uplink watch 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e --for loaded')
    .action((ids, options) => runCommand(options, (work) => watchUploads(ids, options, work)))

  common(
    program
      .command('remove')
      .description('Withdraw files that were uploaded by mistake and that CKAN no longer shows')
      .argument('<id...>', 'ids of uploads'),
  )
    .requiredOption('--reason <text>', 'the reason, which stays in the record')
    .addHelpText('after', REMOVE_EXAMPLE)
    .action((ids, options) => runCommand(options, (work) => removeUploads(ids, options, work)))

  addCkanCommands(program, runCommand)

  extend?.(program, signal, (count) => {
    failures = count
  })

  try {
    await program.parseAsync([...args], { from: 'user' })
    return failures > 0 ? 1 : 0
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    console.error(thrown instanceof ConfigurationError ? thrown.faults.join('\n') : messageOf(thrown))
    return thrown instanceof UsageError || thrown instanceof ConfigurationError ? 2 : 1
  }
}
