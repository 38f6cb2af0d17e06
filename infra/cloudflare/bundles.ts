import { bundleWorker, WORKERS, type WorkerName } from '@ckan-uplink/cloudflare/bundle'
import type { Bundle } from '../cloud.ts'

/**
 * A Worker's size decides how fast it starts: both limits are far below the 1 MB at which the start becomes noticeable. The
 * gateway speaks more of CKAN's API than the linker.
 */
const MAX_BYTES = { gateway: 160_000, linker: 100_000 } as const satisfies Record<WorkerName, number>

export const bundles: readonly Bundle[] = WORKERS.map((name) => ({
  folder: 'cloudflare',
  maxBytes: MAX_BYTES[name],
  files: async () => ({ [`${name}.js`]: await bundleWorker(name) }),
}))
