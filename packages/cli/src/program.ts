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

/** Adds commands to the program; `settle` takes how many things a command failed at, which makes the exit code. */
export type Extension = (program: Command, signal: AbortSignal, settle: (failures: number) => void) => void

const GATEWAY = `
The gateway is --gateway, CKAN_UPLINK_GATEWAY or the local edition that runs from this folder or one above it.`

const GATEWAY_IN_CHECKOUT = `
The gateway is --gateway, that of the environment --env, CKAN_UPLINK_GATEWAY, that of UPLINK_ENV, or the local edition that runs from
this folder or one above it.`

const HELP = `
The CKAN token is CKAN_API_TOKEN, or in the file that CKAN_API_TOKEN_FILE names; a terminal asks for it where it is neither.
It is no argument: others see those. CKAN_TOKEN_HEADER names the header that carries it, for a CKAN that is called directly and reads
another one than Authorization.

Exit codes: 0 done, 1 something failed, 2 wrong use.`

const UPLOAD_EXAMPLES = `
Examples:
  ckan-uplink upload airports.csv --resource 6e2a4cb0-7c9c-4a3a-8a3e-6f1f2f3c4d5e
  ckan-uplink upload data/ --dataset air-quality --replace-by-name
  ckan-uplink upload *.csv --dataset air-quality --wait loaded --json

A large file goes up in parts. After a crash, a kill or Ctrl-C the same command sends only what is missing, and it uses
the resource that was made for a file which then didn't come.`

const REMOVE_EXAMPLE = `
Example:
  ckan-uplink remove 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e --reason "It holds names of persons."

First give the resource another file or URL in CKAN: what CKAN or a copied dataset points to is not removed.`

const NO_OPERATORS = `
What operators need (parked, reconcile, clean, doctor) comes with the checkout that deploys: npm run uplink -- --help`

/** Runs one command line to its end; the result is the exit code. */
export async function run(args: readonly string[], signal: AbortSignal, extend?: Extension): Promise<number> {
  let failures = 0
  const runCommand: RunCommand = async (options, command) => {
    failures = await command({ ...(await connect(options)), printer: createPrinter(options), signal })
  }
  const program = new Command('ckan-uplink')
    .description('Uploads to CKAN that go straight into object storage.')
    .addHelpText('after', extend === undefined ? GATEWAY + HELP + NO_OPERATORS : GATEWAY_IN_CHECKOUT + HELP)
    .exitOverride()
    .showHelpAfterError('(--help says more)')

  common(program.command('upload').description('Upload files, or all files of a folder').argument('<file...>'))
    .option('--resource <id>', 'the resource whose file this is')
    .option('--dataset <id>', 'the dataset, by id or name, that gets a resource for each file')
    .option('--replace-by-name', "use the dataset's resource of the same name, where there is one", false)
    .option('--name <name>', 'what the file is called, where it is another name than on disk')
    .option('--format <format>', "in CKAN's words, such as CSV")
    .option('--parts-at-once <number>', 'parts of a file that are sent at once', toCount, 4)
    .option('--no-checksum', 'send the file without reading it first for its SHA-256')
    .option('--no-resume', 'begin anew where an upload was cut short')
    .addOption(new Option('--wait <goal>', 'what to wait for').choices(['linked', 'loaded', 'none']).default('linked'))
    .addHelpText('after', UPLOAD_EXAMPLES)
    .action((files, options) => runCommand(options, (work) => uploadFiles(files, options, work)))

  common(
    program
      .command('status')
      .description('Say what became of uploads, or of the files of resources')
      .argument('<id...>', 'of uploads or resources'),
  )
    .addHelpText('after', '\nExample:\n  ckan-uplink status 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e')
    .action((ids, options) => runCommand(options, (work) => showStatus(ids, work)))

  common(
    program
      .command('watch')
      .description('Wait for uploads, and say how far they are')
      .argument('<id...>', 'of uploads'),
  )
    .addOption(new Option('--for <goal>', 'what to wait for').choices(['linked', 'loaded']).default('linked'))
    .addHelpText('after', '\nExample:\n  ckan-uplink watch 01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e --for loaded')
    .action((ids, options) => runCommand(options, (work) => watchUploads(ids, options, work)))

  common(
    program
      .command('remove')
      .description('Take back files that were uploaded by mistake and that CKAN no longer shows')
      .argument('<id...>', 'of uploads'),
  )
    .requiredOption('--reason <text>', 'why; it stays in the record')
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
