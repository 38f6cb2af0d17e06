import type { Settings } from '@ckan-uplink/core/settings'
import type { CommonEnvironment } from './common-environment.ts'
import { cloudOf, type Environment } from './environment.ts'
import { isSetting, SETTINGS } from './environment-settings.ts'
import { similarName } from './similar-name.ts'

/** The fields of every entry beside the settings. */
const COMMON: Readonly<Record<Exclude<keyof CommonEnvironment, keyof Settings> | 'provider', true>> = {
  provider: true,
  ckanToken: true,
  grantSecret: true,
  webhookSecret: true,
  ckanCallsAtOnce: true,
  alarmEmails: true,
  reconcileNightly: true,
}

/** One sentence for each field that no entry of this cloud has. Without it a misspelt field would have no effect. */
export function* unknownFields(environment: Environment): Iterable<string> {
  const { provider } = environment
  const cloud = cloudOf(environment)
  if (cloud === undefined) return
  const known = { ...COMMON, ...cloud.fields }
  for (const field of Object.keys(environment)) {
    if (isSetting(field) || Object.hasOwn(known, field)) continue
    const similar = similarName(field, [...Object.keys(known), ...SETTINGS])
    const advice = similar === undefined ? `infra/${provider}/entry.ts lists the fields.` : `Did you mean ${similar}?`
    yield `There is no field ${field} for ${provider}: ${advice}`
  }
}
