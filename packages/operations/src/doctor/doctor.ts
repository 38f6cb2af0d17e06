import type { OpenEnvironment } from '../open-environment.ts'
import { browserChecks } from './browser-checks.ts'
import type { Check } from './check.ts'
import { ckanChecks } from './ckan-checks.ts'
import { clockChecks } from './clock-checks.ts'
import { gatewayChecks } from './gateway-checks.ts'
import { probeCheck } from './probe.ts'
import { storeChecks } from './store-checks.ts'

/** Everything that an environment can be looked at for, from the outside in; the probe only where it is asked for. */
export function checksOf(environment: OpenEnvironment, { probe, timeout }: { readonly probe: boolean; readonly timeout: number }): readonly Check[] {
  const { cloud, client, token } = environment
  const { settings } = environment.linkDeps
  const { store } = cloud
  return [
    ...gatewayChecks(settings),
    ...ckanChecks({ client, token, settings }),
    ...clockChecks({ client, store, settings }),
    ...storeChecks(store, settings),
    ...browserChecks({ ...cloud, settings }),
    ...cloud.checks,
    ...(probe ? [probeCheck({ store, settings, timeoutSeconds: timeout })] : []),
  ]
}
