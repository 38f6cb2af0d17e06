import { ConfigurationError, readSettings } from '@ckan-uplink/core'
import { checkAws } from './check-aws.ts'
import { checkAzure } from './check-azure.ts'
import { checkCloudflare } from './check-cloudflare.ts'
import type { Environment } from './environment.ts'
import { fieldOf, openSettings } from './environment-settings.ts'

const PROVIDERS: readonly string[] = ['cloudflare', 'aws', 'azure']

/** Throws `ConfigurationError` with every fault of the entry at once, in the entry's own words, before anything is made. */
export function checkEnvironment(name: string, environment: Environment): void {
  const reader = openSettings(environment)
  readSettings(reader)
  const faults = [...commonFaults(name, environment), ...providerFaults(name, environment)]
  for (const fault of faults) reader.fault(fault)
  try {
    reader.check()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError(error.faults.map((fault) => `${name}: ${fault.replace(/^[A-Z0-9_]+(?= is | holds )/u, fieldOf)}`))
  }
}

/** Entries are checked when they are used, and nobody is sure to have run the compiler before. */
function* commonFaults(name: string, environment: Environment): Iterable<string> {
  const { ckanToken, ckanCallsAtOnce, allowedOrigins = [], alarmEmails = [] } = environment
  if (!/^[a-z][a-z0-9-]{0,29}$/u.test(name)) yield 'The name is no name for a stack: give up to 30 small letters, digits or -, a letter first.'
  if (!isSecretName(ckanToken?.secret)) yield 'ckanToken.secret is not the name of a secret: give its name, such as ckanToken, and keep the token itself there.'
  if (!Number.isInteger(ckanCallsAtOnce) || ckanCallsAtOnce < 2 || ckanCallsAtOnce > 1000)
    yield `ckanCallsAtOnce is ${JSON.stringify(ckanCallsAtOnce)}: give a whole number from 2 to 1000.`
  for (const origin of allowedOrigins) {
    if (origin !== '*' && !isOrigin(origin)) yield `allowedOrigins has ${JSON.stringify(origin)}: give origins such as https://data.example.org, or *.`
  }
  for (const email of alarmEmails) {
    if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(email)) yield `alarmEmails has ${JSON.stringify(email)}: give e-mail addresses.`
  }
}

function* providerFaults(name: string, environment: Environment): Iterable<string> {
  switch (environment.provider) {
    case 'cloudflare':
      yield* checkCloudflare(name, environment)
      break
    case 'aws':
      yield* checkAws(environment)
      break
    case 'azure':
      yield* checkAzure(environment)
      break
    default:
      yield `provider is none of ${PROVIDERS.join(', ')}.`
  }
}

/** Tokens of CKAN have dots, its older API keys are UUIDs. */
function isSecretName(text: unknown): boolean {
  return typeof text === 'string' && /^[A-Za-z][\w/-]{0,99}$/u.test(text) && !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-/iu.test(text)
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/u.test(text) && new URL(text).origin === text
}
