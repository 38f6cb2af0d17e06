import { createPrinter, type Extension } from '@ckan-uplink/cli'
import { addEnvironmentOption } from './add-environment-option.ts'
import { addClean } from './commands/clean.ts'
import type { RunOn } from './commands/command-context.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEvents } from './commands/events.ts'
import { addExportBucket } from './commands/export-bucket.ts'
import { addFigures } from './commands/figures.ts'
import { addFiles } from './commands/files.ts'
import { addLogs } from './commands/logs.ts'
import { addMigrateBucket } from './commands/migrate-bucket.ts'
import { addParked } from './commands/parked.ts'
import { addQuota } from './commands/quota.ts'
import { addReconcile } from './commands/reconcile.ts'
import { addScan } from './commands/scan.ts'
import { type FindDeployment, openEnvironment } from './open-environment.ts'

const COMMANDS = [
  ...[addParked, addReconcile, addClean, addQuota, addFiles, addScan, addEvents],
  ...[addMigrateBucket, addExportBucket],
]

/** Adds the commands of operators, and the option `--env` to the commands of users. `find` looks up an environment. */
export function operatorCommands(find: FindDeployment): Extension {
  return (program, signal, settle) => {
    addEnvironmentOption(program, find)
    const runOn: RunOn = async (options, command) => {
      settle(await command({ ...(await openEnvironment(find, options)), printer: createPrinter(options), signal }))
    }
    for (const add of COMMANDS) add(program, runOn)
    for (const add of [addLogs, addFigures]) add(program, { find, signal })
    addDoctor(program, runOn, { find, settleWith: async (command) => settle(await command()) })
  }
}
