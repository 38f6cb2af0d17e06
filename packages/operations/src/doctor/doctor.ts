import { type OpenEnvironment, toAddress } from '../open-environment.ts'
import { browserChecks } from './browser-checks.ts'
import type { Check } from './check.ts'
import { ckanChecks } from './ckan-checks.ts'
import { clockChecks } from './clock-checks.ts'
import { gatewayChecks } from './gateway-checks.ts'
import { probeCheck } from './probe.ts'
import { publicHostChecks } from './public-host-check.ts'
import { storeChecks } from './store-checks.ts'

export interface DoctorOptions {
  readonly probe: boolean
  /** For the linker, in seconds. */
  readonly timeout: number
  /** Where the gateway is reached, if not at its address. */
  readonly reach?: string
}

/** Everything that an environment can be looked at for, from the outside in; the probe only where it is asked for. */
export function checksOf(
  { cloud, client, token, linkDeps }: OpenEnvironment,
  { probe, timeout, reach }: DoctorOptions,
): readonly Check[] {
  const { store } = cloud
  const settings =
    reach === undefined ? linkDeps.settings : { ...linkDeps.settings, gatewayUrl: toAddress('--reach', reach) }
  return [
    ...gatewayChecks(settings),
    ...publicHostChecks(settings),
    ...ckanChecks({ client, token, settings }),
    ...clockChecks({ client, store, settings }),
    ...storeChecks(store, settings),
    ...browserChecks({ ...cloud, settings }),
    ...cloud.checks,
    ...(probe ? [probeCheck({ store, settings, timeoutSeconds: timeout })] : []),
  ]
}
