import { ConfigurationError } from '@ckan-uplink/core'
import { checkEnvironment } from './check-environment.ts'
import type { Environment, Environments, Provider } from './environment.ts'

export type Verb = 'deploy' | 'preview' | 'destroy'

const COMMANDS = {
  cloudflare: { deploy: 'pulumi up -s', preview: 'pulumi preview -s', destroy: 'pulumi destroy -s' },
  azure: { deploy: 'pulumi up -s', preview: 'pulumi preview -s', destroy: 'pulumi destroy -s' },
  aws: { deploy: 'cdk deploy -c', preview: 'cdk diff -c', destroy: 'cdk destroy -c' },
} as const satisfies Record<Provider, Record<Verb, string>>

const PROVIDER_NAMES: Readonly<Record<Provider, string>> = { cloudflare: 'Cloudflare', aws: 'AWS', azure: 'Azure' }

/** The command, in words, that does this to an environment of this provider. */
export function commandFor(provider: Provider, verb: Verb, name: string): readonly string[] {
  return [...COMMANDS[provider][verb].split(' '), provider === 'aws' ? `environment=${name}` : name]
}

/** The environment of this name, checked; throws `ConfigurationError` with all its faults, or with the names there are. */
export function findEnvironment(environments: Environments, name: string): Environment {
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined
  if (environment === undefined)
    throw new ConfigurationError([
      `There is no environment ${JSON.stringify(name)} in environments.ts: ${adviceOn(environments)}.`,
    ])
  checkEnvironment(name, environment)
  return environment
}

/** The same, and of one of these providers; for one of another the error says which command is right. */
export function findEnvironmentOf<P extends Provider>(
  environments: Environments,
  name: string,
  ...providers: readonly P[]
): Extract<Environment, { readonly provider: P }> {
  const environment = findEnvironment(environments, name)
  if (isOf(environment, providers)) return environment
  const command = commandFor(environment.provider, 'deploy', name).join(' ')
  const expected = providers.map((provider) => PROVIDER_NAMES[provider]).join(' or ')
  throw new ConfigurationError([
    `Environment ${name} is on ${PROVIDER_NAMES[environment.provider]}, not on ${expected}: deploy it with ${command}.`,
  ])
}

function isOf<P extends Provider>(
  environment: Environment,
  providers: readonly P[],
): environment is Extract<Environment, { readonly provider: P }> {
  return providers.some((provider) => provider === environment.provider)
}

function adviceOn(environments: Environments): string {
  const commands = Object.entries(environments).map(([name, { provider }]) =>
    commandFor(provider, 'deploy', name).join(' '),
  )
  return commands.length === 0 ? 'add it there' : `add it there, or deploy one that is: ${commands.join(', ')}`
}
