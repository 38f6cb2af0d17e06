import { environments } from '../environments.ts'
import { clouds } from '../infra/clouds.ts'
import { commandFor, findEnvironment } from '../infra/find-environment.ts'
import { untouchedValues } from '../infra/untouched-values.ts'
import { exitWith } from './infra/exit-with.ts'
import { installInfra } from './infra/install.ts'
import { run } from './infra/run.ts'

const HELP = `Deploys an environment of environments.ts with the tool of its cloud. Arguments of that tool may follow.

  npm run preview -- production            show the changes
  npm run deploy -- production --yes       deploy the changes
  npm run destroy -- staging               remove it, except for the bucket

Environments: ${Object.keys(environments).join(', ')}`

/** `npm run deploy|preview|destroy -- <environment> …` runs the tool of the environment's cloud. */
async function main(verb = '', name = '', ...words: readonly string[]): Promise<number> {
  const environment = findEnvironment(environments, name)
  const { provider } = environment
  const { projects } = clouds[provider]
  const untouched = verb === 'destroy' ? [] : [...untouchedValues(name, environment)]
  if (untouched.length > 0) throw new Error(untouched.join('\n'))
  await Promise.all(projects.map((project) => installInfra(project)))
  const known = verb === 'preview' || verb === 'destroy' ? verb : 'deploy'
  const command = [...commandFor(provider, known, name), ...words]
  console.log(`> ${command.join(' ')}`)
  return run(command, { projects, guide: `docs/deploy/${provider}.md` })
}

const [verb, ...words] = process.argv.slice(2)
if (words.length === 0 || words.includes('--help')) {
  console.log(HELP)
  process.exitCode = words.length === 0 ? 2 : 0
} else {
  await exitWith(main(verb, ...words))
}
