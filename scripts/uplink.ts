import { run } from '@ckan-uplink/cli'
import { operatorCommands } from '@ckan-uplink/operations'
import { environments } from '../environments.ts'
import { deploymentOf } from '../infra/deployment.ts'
import { findEnvironment } from '../infra/find-environment.ts'

/** The command line with the operators' commands. The second Ctrl-C ends at once. */
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error('Stopped. The same command goes on where it can.')))

const commands = operatorCommands((name) => deploymentOf(name, findEnvironment(environments, name)))
process.exitCode = await run(process.argv.slice(2), stop.signal, commands)
