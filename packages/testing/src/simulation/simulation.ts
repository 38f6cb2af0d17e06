import { readSettings, type Settings, SettingsReader } from '@ckan-uplink/core/settings'
import type { ModelCkan, ModelResource } from './model-ckan.ts'
import type { ModelStore } from './model-store.ts'
import type { Plan } from './plan.ts'
import type { Queue } from './queue.ts'
import type { World } from './world.ts'

/** An upload as it was asked for; `at` is when the gateway looked at the resource. */
export interface Ask {
  readonly id: string
  readonly key: string
  readonly resourceId: string
  readonly at: number
  readonly previousUrl: string
  readonly onlyIfUnchanged: boolean
}

export const BUCKET = 'files'
export const LIMIT = 15

/** Seconds after which a withdrawal is final. */
export const SETTLES_AFTER = 120

export const settings: Settings = readSettings(
  new SettingsReader({
    CKAN_URL: 'https://ckan.example',
    GATEWAY_URL: 'https://files.example',
    BUCKET_NAME: BUCKET,
    MAX_UPLOAD_BYTES: String(LIMIT),
    STORE_CONCURRENCY: '3',
    CKAN_CONCURRENCY: '2',
    FILES_STORAGE: 'uplink',
    WEBHOOK_URLS: 'https://hooks.example.org/',
  }),
)

/** Everything there is in one run. */
export interface Simulation {
  readonly plan: Plan
  /** Those of the linkers. */
  readonly settings: Settings
  readonly world: World
  readonly ckan: ModelCkan
  readonly store: ModelStore
  readonly queue: Queue
  readonly asks: Ask[]
  /** ETags of contents that are larger than allowed. */
  readonly largeEtags: Set<string>
  /** Of which an event came before the object. */
  readonly earlyKeys: Set<string>
  /** The ids of all events that receivers hear about. */
  readonly events: Set<string>
  /** Linkers at work. */
  busy: number
  /** Clients that still have something to put. */
  active: number
}

export function resourceAt({ plan, ckan }: Simulation, index: number): ModelResource | undefined {
  return ckan.resources.get(`resource-${index % plan.resources.length}`)
}

/** Spreads what people do over the run. */
export async function waitTurns(world: World, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await world.pass()
}
