import type { Settings } from '@ckan-uplink/core'
import type { CommonEnvironment, Environment, Provider } from './environment.ts'
import { isSetting } from './environment-settings.ts'

type EntryOn<P extends Provider> = Extract<Environment, { readonly provider: P }>

/** What every entry may say beside settings. */
const COMMON: Readonly<Record<Exclude<keyof CommonEnvironment, keyof Settings> | 'provider', true>> = {
  provider: true,
  ckanToken: true,
  ckanCallsAtOnce: true,
  alarmEmails: true,
  reconcileNightly: true,
}

const OF_CLOUD: {
  readonly [P in Provider]: Readonly<Record<Exclude<keyof EntryOn<P>, keyof CommonEnvironment | 'provider'>, true>>
} = {
  cloudflare: { accountId: true, zone: true, gatewayBy: true, publicBy: true, queue: true, adopt: true },
  aws: {
    accountId: true,
    region: true,
    gatewayBy: true,
    certificateArn: true,
    hostedZoneId: true,
    distributionArn: true,
    keepRemovedDays: true,
    adopt: true,
  },
  azure: {
    subscriptionId: true,
    location: true,
    storageAccount: true,
    keyVault: true,
    keepRemovedDays: true,
    adopt: true,
  },
}

/** One sentence for each field that no entry of this cloud has: a misspelt one would be left out in silence. */
export function* unknownFields(environment: Environment): Iterable<string> {
  const { provider } = environment
  if (!Object.hasOwn(OF_CLOUD, provider)) return
  const known = { ...COMMON, ...OF_CLOUD[provider] }
  for (const field of Object.keys(environment))
    if (!isSetting(field) && !Object.hasOwn(known, field))
      yield `There is no field ${field} for ${provider}: infra/environment.ts has those that there are.`
}
