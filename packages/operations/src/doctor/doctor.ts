import { toAddress } from '../find-gateway.ts'
import type { OpenEnvironment } from '../open-environment.ts'
import { browserChecks } from './browser-checks.ts'
import type { Check } from './check.ts'
import { ckanChecks } from './ckan-checks.ts'
import { clockChecks } from './clock-checks.ts'
import { filesChecks } from './files-check.ts'
import { gatewayChecks } from './gateway-checks.ts'
import { lostFilesChecks } from './lost-files-check.ts'
import { pluginChecks } from './plugin-check.ts'
import { privateFileChecks } from './private-file-check.ts'
import { probeCheck } from './probe.ts'
import { publicHostChecks } from './public-host-check.ts'
import { scanChecks } from './scan-check.ts'
import { storeChecks } from './store-checks.ts'

export interface DoctorOptions {
  readonly probe: boolean
  /** How long to wait for the linker, in seconds. */
  readonly timeout: number
  /** The address of the gateway as seen from here, if it differs. */
  readonly reach?: string
}

/** All checks of an environment, from the outside in. The probe is optional. */
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
    ...pluginChecks(settings),
    ...privateFileChecks({ client, token, settings: linkDeps.settings, reach: settings.gatewayUrl }),
    ...storeChecks(store, settings),
    ...lostFilesChecks({ client, token, store }),
    ...scanChecks(cloud, settings),
    ...filesChecks({ client, token, store, settings, probe }),
    ...browserChecks({ ...cloud, settings }),
    ...cloud.checks,
    ...(probe ? [probeCheck({ store, settings, timeoutSeconds: timeout })] : []),
  ]
}
