import { environments } from '../environments.ts'
import type { Verb } from '../infra/cloud.ts'
import { clouds } from '../infra/clouds.ts'
import { commandFor, findEnvironment } from '../infra/find-environment.ts'
import { exitWith, installInfra, run } from './infra/run.ts'

const HELP = `Deploys an environment of environments.ts with the tool of its cloud. Arguments of that tool may follow.

  npm run preview -- production            show the changes
  npm run deploy -- production --yes       deploy the changes
  npm run destroy -- staging               remove it, except for the bucket

Environments: ${Object.keys(environments).join(', ')}`

/** `npm run deploy|preview|destroy -- <environment> …` runs the tool of the environment's cloud. */
async function main(verb: Verb, name = '', ...words: readonly string[]): Promise<number> {
  const { provider } = findEnvironment(environments, name)
  const { projects } = clouds[provider]
  await Promise.all(projects.map((project) => installInfra(project)))
  const command = [...commandFor(provider, verb, name), ...words]
  console.log(`> ${command.join(' ')}`)
  return run(command, { projects })
}

const [verb, ...words] = process.argv.slice(2)
if (words.length === 0 || words.includes('--help')) {
  console.log(HELP)
  process.exitCode = words.length === 0 ? 2 : 0
} else {
  await exitWith(main(verb === 'preview' || verb === 'destroy' ? verb : 'deploy', ...words))
}
