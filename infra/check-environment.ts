import { ConfigurationError } from '@ckan-uplink/core'
import { readSettings } from '@ckan-uplink/core/settings'
import { isLoopbackHost } from '@ckan-uplink/core/support'
import { clouds } from './clouds.ts'
import { unknownFields } from './entry-fields.ts'
import { cloudOf, type Environment } from './environment.ts'
import { fieldOf, openSettings } from './environment-settings.ts'
import { fits } from './fits.ts'

/** Throws `ConfigurationError` with all faults of the entry before a deployment, under the entry's own names. */
export function checkEnvironment(name: string, environment: Environment): void {
  const reader = openSettings(environment)
  readSettings(reader)
  const faults = [...unknownFields(environment), ...commonFaults(name, environment), ...cloudFaults(name, environment)]
  for (const fault of faults) reader.fault(fault)
  try {
    reader.check()
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError(
      error.faults.map((fault) => `${name}: ${fault.replace(/^[A-Z0-9_]+(?= is | holds )/u, fieldOf)}`),
    )
  }
}

/** The entry may not have passed the compiler, so this checks types too. */
function* commonFaults(name: string, environment: Environment): Iterable<string> {
  const {
    ckanToken,
    grantSecret,
    webhookSecret,
    webhookUrls = [],
    ckanCallsAtOnce,
    allowedOrigins = [],
    alarmEmails = [],
    reconcileNightly = true,
  } = environment
  if (!/^[a-z][a-z0-9-]{0,29}$/u.test(name))
    yield 'The name is no name for a stack: give up to 30 small letters, digits or -, beginning with a letter.'
  if (!isSecretName(ckanToken?.secret))
    yield 'ckanToken.secret is not the name of a secret: give its name, such as ckanToken, and store the token under that name.'
  if (grantSecret !== undefined && !isSecretName(grantSecret?.secret))
    yield 'grantSecret.secret is not the name of a secret: give its name, such as grantSecret, and store the secret under that name.'
  if (webhookSecret !== undefined && !isSecretName(webhookSecret?.secret))
    yield 'webhookSecret.secret is not the name of a secret: give its name, such as webhookSecret, and store the secret under that name.'
  yield* receiverFaults(webhookUrls, webhookSecret !== undefined)
  if (!Number.isInteger(ckanCallsAtOnce) || ckanCallsAtOnce < 2 || ckanCallsAtOnce > 1000)
    yield `ckanCallsAtOnce is ${JSON.stringify(ckanCallsAtOnce)}: give a whole number from 2 to 1000.`
  if (typeof reconcileNightly !== 'boolean')
    yield `reconcileNightly is ${JSON.stringify(reconcileNightly)}: give true or false.`
  yield* listFaults('allowedOrigins', allowedOrigins, isOrigin, 'origins such as https://data.example.org, or *')
  yield* listFaults(
    'alarmEmails',
    alarmEmails,
    (email) => fits(email, /^[^\s@]+@[^\s@]+\.[^\s@]+$/u),
    'e-mail addresses',
  )
}

/** The rules of the settings report an address that is none. */
function* receiverFaults(urls: unknown, hasSecret: boolean): Iterable<string> {
  if (!Array.isArray(urls)) yield 'webhookUrls is no list: give a list of addresses.'
  else if (urls.length > 0 && !hasSecret)
    yield "webhookUrls has no webhookSecret: add webhookSecret: { secret: '…' } with a name of your choice."
  else if (urls.some((url) => URL.canParse(url) && isLoopbackHost(new URL(url).hostname)))
    yield 'webhookUrls has an address of this machine, which a deployment cannot reach: give https addresses.'
}

function* listFaults(
  field: string,
  list: unknown,
  isGood: (item: unknown) => boolean,
  expected: string,
): Iterable<string> {
  if (!Array.isArray(list)) yield `${field} is ${JSON.stringify(list)}: give a list of ${expected}.`
  else for (const item of list) if (!isGood(item)) yield `${field} has ${JSON.stringify(item)}: give ${expected}.`
}

function* cloudFaults(name: string, environment: Environment): Iterable<string> {
  const cloud = cloudOf(environment)
  if (cloud === undefined) yield `provider is none of ${Object.keys(clouds).join(', ')}.`
  else yield* cloud.check(name, environment)
}

/** Tokens of CKAN contain dots; its older API keys are UUIDs, and the secret of the plugin is a row of hex digits. */
function isSecretName(text: unknown): boolean {
  return (
    fits(text, /^[A-Za-z][\w/-]{0,99}$/u) && !fits(text, /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-|[0-9a-f]{43}|whsec_)/iu)
  )
}

function isOrigin(text: unknown): boolean {
  return (
    text === '*' ||
    (typeof text === 'string' && /^https?:/u.test(text) && URL.canParse(text) && new URL(text).origin === text)
  )
}
