import { environments } from '../../environments.ts'
import { runOrHelp } from '../../scripts/infra/exit-with.ts'
import { installInfra } from '../../scripts/infra/install.ts'
import { run } from '../../scripts/infra/run.ts'
import { findEnvironmentOf } from '../find-environment.ts'

const HELP = `Runs the CDK for the stack of an environment, in the version of this repository.

  npm run cdk -- production bootstrap
  npm run cdk -- production synth`

/** `npm run cdk -- <environment> …` runs `cdk … -c environment=<environment>`. */
async function main(name = '', ...words: readonly string[]): Promise<number> {
  findEnvironmentOf(environments, name, 'aws')
  await installInfra('aws')
  return run(['cdk', ...words, '-c', `environment=${name}`], { projects: ['aws'] })
}

await runOrHelp(HELP, main)
