import { ConfigurationError } from '@ckan-uplink/core'
import { environments } from '../environments.ts'
import { clouds } from '../infra/clouds.ts'
import { findEnvironment } from '../infra/find-environment.ts'
import { isByPulumi } from '../infra/pulumi-command.ts'
import { runOrHelp } from './infra/exit-with.ts'
import { installInfra } from './infra/install.ts'
import { run } from './infra/run.ts'

const HELP = `Runs the Pulumi CLI for the stack of an environment, with the Node that the program needs.

  npm run pulumi -- production stack init
  npm run pulumi -- production refresh
  npm run pulumi -- production stack output gatewayUrl`

/** `npm run pulumi -- <environment> …` runs `pulumi … --stack <environment>`. */
async function main(name = '', ...words: readonly string[]): Promise<number> {
  const { provider } = findEnvironment(environments, name)
  const { projects, label } = clouds[provider]
  if (!isByPulumi(clouds[provider]))
    throw new ConfigurationError([`Environment ${name} is on ${label}, which Pulumi does not deploy.`])
  await Promise.all(projects.map((project) => installInfra(project)))
  return run(['pulumi', ...words, '--stack', name], { projects, guide: `docs/deploy/${provider}.md` })
}

await runOrHelp(HELP, main)
