import { bundleWorker, WORKERS, type WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { staticFolder } from '@ckan-uplink/static-files'
import type { Bundle } from '../cloud.ts'

/**
 * The present sizes and a little room, so that the build fails when somebody adds a large library. Cloudflare allows
 * 3 MB compressed and a start of 1 s, see docs/limits.md. The gateway implements more of CKAN's API than the linker,
 * the files API of ckanext-files, the FileStore API of old CKANs, and upload links. The linker also submits private
 * tables to a loader, and compares files before it replaces them.
 */
const MAX_BYTES = { gateway: 258_000, linker: 140_000 } as const satisfies Record<WorkerName, number>

export const bundles: readonly Bundle[] = WORKERS.map((name) => ({
  folder: 'cloudflare',
  maxBytes: MAX_BYTES[name],
  files: async () => ({
    [`${name}.js`]: await bundleWorker(name),
    ...(name === 'gateway' && (await staticFolder())),
  }),
}))
