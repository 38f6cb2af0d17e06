import { catalogFrom } from '@ckan-uplink/ckan'
import { consoleLogger, type Decode, type ObjectStore, systemClock } from '@ckan-uplink/core'
import {
  collectDeadLetters,
  type DeadLetters,
  listParked,
  type ParkedMessage,
  replayParked,
} from '@ckan-uplink/core/operations'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import type { CkanAccess } from '../../support/ckan-calls.ts'

/** A deployment as operators reach it from their own machine. */
export interface OpenDeployment {
  readonly ckan: CkanAccess
  readonly gatewayUrl: string
  readonly bucket: string
  readonly store: ObjectStore
  readonly deadLetters: DeadLetters
  readonly decode: Decode
}

/** Parks the dead letters and replays all parked messages. Returns each message with its outcome. */
export async function replayDeadLetters({ ckan, gatewayUrl, bucket, store, deadLetters, decode }: OpenDeployment) {
  const settings = readSettings(
    new SettingsReader({ CKAN_URL: ckan.url, GATEWAY_URL: gatewayUrl, BUCKET_NAME: bucket }),
  )
  const deps = {
    settings,
    store,
    catalog: catalogFrom(settings, ckan.tokens.admin),
    clock: systemClock,
    logger: consoleLogger,
  }
  await collectDeadLetters({ ...deps, deadLetters, decode })
  const replayed: (Pick<ParkedMessage, 'event' | 'reason'> & { readonly outcome: string })[] = []
  for await (const { message, outcome } of replayParked({ ...deps, decode }, listParked(store)))
    replayed.push({ ...message, outcome: outcome.kind })
  return replayed
}
