import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addCkanCommands } from './ckan-commands.ts'
import { addExportCommand } from './export-commands.ts'
import { addLinkCommands } from './link-commands.ts'
import { addMigrateCommand } from './migrate-command.ts'
import { createPrinter } from './printer.ts'
import { addQuotaCommand } from './quota-command.ts'
import { addUploadCommands } from './upload-commands.ts'
import { addVersionCommands } from './version-commands.ts'
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

const NO_OPERATORS = `
The commands for operators (parked, reconcile, clean, doctor) are in the checkout that deploys: npm run uplink -- --help`

/**
 * Runs one command line. Returns the exit code. A command loads its code when it runs, so that the program starts fast.
 */
export async function run(args: readonly string[], signal: AbortSignal, extend?: Extension): Promise<number> {
  let failures = 0
  const runCommand: RunCommand = async (options, command) => {
    const { connect } = await import('./connect.ts')
    failures = await command({ ...(await connect(options)), printer: createPrinter(options), signal })
  }
  const program = new Command('ckan-uplink')
    .description('Upload files for CKAN straight to object storage.')
    .addHelpText('after', extend === undefined ? GATEWAY + HELP + NO_OPERATORS : GATEWAY_IN_CHECKOUT + HELP)
    .version(ownVersion())
    .exitOverride()
    .showHelpAfterError('(see --help)')

  addUploadCommands(program, runCommand)
  addVersionCommands(program, runCommand)
  addLinkCommands(program, runCommand)
  addQuotaCommand(program, runCommand)
  addMigrateCommand(program, runCommand)
  addExportCommand(program, runCommand)
  addCkanCommands(program, runCommand)

  extend?.(program, signal, (count) => {
    failures = count
  })

  try {
    await program.parseAsync([...args], { from: 'user' })
    return failures > 0 ? 1 : 0
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
    const { reportError } = await import('./report-error.ts')
    return reportError(thrown)
  }
}

function ownVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}
