import { ConfigurationError } from '@ckan-uplink/core'
import { checkEnvironment } from './check-environment.ts'
import { sharedThings } from './check-together.ts'
import type { Verb } from './cloud.ts'
import { clouds } from './clouds.ts'
import { type Environment, type Environments, isOn, type Provider } from './environment.ts'

/** The command that does this to an environment of this provider, as words. */
export function commandFor(provider: Provider, verb: Verb, name: string): readonly string[] {
  return clouds[provider].command(verb, name)
}

/**
 * The checked environment of this name. Throws `ConfigurationError` with all faults of the entry, or with the known
 * names.
 */
export function findEnvironment(environments: Environments, name: string): Environment {
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined
  if (environment === undefined)
    throw new ConfigurationError([
      `There is no environment ${JSON.stringify(name)} in environments.ts: ${adviceOn(environments)}.`,
    ])
  checkEnvironment(name, environment)
  const shared = [...sharedThings(environments, name)]
  if (shared.length > 0) throw new ConfigurationError(shared)
  return environment
}

/** Does the same for an environment on one of these clouds. For another cloud the error names the right command. */
export function findEnvironmentOf<P extends Provider>(
  environments: Environments,
  name: string,
  ...providers: readonly P[]
): Extract<Environment, { readonly provider: P }> {
  const environment = findEnvironment(environments, name)
  if (isOn(environment, providers)) return environment
  const command = commandFor(environment.provider, 'deploy', name).join(' ')
  const expected = providers.map((provider) => clouds[provider].label).join(' or ')
  throw new ConfigurationError([
    `Environment ${name} is on ${clouds[environment.provider].label}, not on ${expected}: deploy it with ${command}.`,
  ])
}

function adviceOn(environments: Environments): string {
  const commands = Object.entries(environments).map(([name, { provider }]) =>
    commandFor(provider, 'deploy', name).join(' '),
  )
  return commands.length === 0 ? 'add it there' : `add it there, or deploy another: ${commands.join(', ')}`
}
