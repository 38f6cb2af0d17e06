import { bundleWorker, WORKERS, type WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { staticFolder } from '@ckan-uplink/static-files'
import type { Bundle } from '../cloud.ts'

/**
 * The size of a Worker decides the time of its start. Both limits are far below the 1 MB from which users notice the
 * start. The gateway implements more of CKAN's API than the linker, the files API of ckanext-files, the FileStore API
 * of old CKANs, and upload links. It copies large files in parts. The linker also verifies files that no resource links
 * to, and compares the files that they replace.
 */
const MAX_BYTES = { gateway: 258_000, linker: 134_000 } as const satisfies Record<WorkerName, number>

export const bundles: readonly Bundle[] = WORKERS.map((name) => ({
  folder: 'cloudflare',
  maxBytes: MAX_BYTES[name],
  files: async () => ({
    [`${name}.js`]: await bundleWorker(name),
    ...(name === 'gateway' && (await staticFolder())),
  }),
}))
