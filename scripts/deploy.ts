import { environments } from '../environments.ts'
import { commandFor, findEnvironment, type Verb } from '../infra/find-environment.ts'
import { exitWith, installInfra, run } from './infra/run.ts'

/** `npm run deploy|preview|destroy -- <environment> …` runs the tool of the environment's cloud; whatever it takes may follow. */
async function main(verb: Verb, name = '', ...words: readonly string[]): Promise<number> {
  const { provider } = findEnvironment(environments, name)
  await installInfra(provider)
  const command = [...commandFor(provider, verb, name), ...words]
  console.log(`> ${command.join(' ')}`)
  return run(command)
}

const [verb, ...words] = process.argv.slice(2)
await exitWith(main(verb === 'preview' || verb === 'destroy' ? verb : 'deploy', ...words))
