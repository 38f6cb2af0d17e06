import { createPrinter, type Extension } from '@ckan-uplink/cli'
import { addClean } from './commands/clean.ts'
import type { RunOn } from './commands/context.ts'
import { addDoctor } from './commands/doctor.ts'
import { addParked } from './commands/parked.ts'
import { addReconcile } from './commands/reconcile.ts'
import { type FindDeployment, openEnvironment } from './open-environment.ts'
import { knowEnvironments } from './users-commands.ts'

/** The commands of operators, for the environments that `find` knows; those of users learn to know them, too. */
export function operatorCommands(find: FindDeployment): Extension {
  return (program, signal, settle) => {
    knowEnvironments(program, find)
    const runOn: RunOn = async (options, command) => {
      settle(await command({ ...(await openEnvironment(find, options)), printer: createPrinter(options), signal }))
    }
    for (const add of [addParked, addReconcile, addClean, addDoctor]) add(program, runOn)
  }
}
