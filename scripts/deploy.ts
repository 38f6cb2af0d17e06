import { environments } from '../environments.ts'
import { commandFor, findEnvironment, type Verb } from '../infra/find-environment.ts'
import { exitWith, installInfra, run } from './infra/run.ts'

const HELP = `Deploys an environment of environments.ts with the tool of its cloud; whatever that tool takes may follow.

  npm run preview -- production            what would change
  npm run deploy -- production --yes       change it
  npm run destroy -- staging               take it down again

Environments: ${Object.keys(environments).join(', ')}`

/** `npm run deploy|preview|destroy -- <environment> …` runs the tool of the environment's cloud; whatever it takes may follow. */
async function main(verb: Verb, name = '', ...words: readonly string[]): Promise<number> {
  const { provider } = findEnvironment(environments, name)
  await Promise.all([installInfra(provider), provider !== 'aws' && installInfra('pulumi')])
  const command = [...commandFor(provider, verb, name), ...words]
  console.log(`> ${command.join(' ')}`)
  return run(command, { provider })
}

const [verb, ...words] = process.argv.slice(2)
if (words.length === 0 || words.includes('--help')) {
  console.log(HELP)
  process.exitCode = words.length === 0 ? 2 : 0
} else {
  await exitWith(main(verb === 'preview' || verb === 'destroy' ? verb : 'deploy', ...words))
}
