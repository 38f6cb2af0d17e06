import type { StaticFiles } from '@ckan-uplink/gateway'
import type { EnvVars } from './config.ts'

/** The name of the binding: https://developers.cloudflare.com/workers/static-assets/binding/ */
export const STATIC_FILES_BINDING = 'STATIC_FILES'

/** How the platform routes requests: all go to the Worker, which sets the headers of files itself. */
export const STATIC_FILES_ROUTING = { htmlHandling: 'none', notFoundHandling: 'none', runWorkerFirst: true } as const

interface AssetsBinding {
  fetch(url: string): Promise<Response>
}

/** The Worker's static assets. `undefined` if it was deployed without them. */
export function boundStaticFiles({ [STATIC_FILES_BINDING]: assets }: EnvVars): StaticFiles | undefined {
  if (!isAssets(assets)) return undefined
  return {
    async read(name) {
      const response = await assets.fetch(`https://static-files/${name}`)
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined
    },
  }
}

function isAssets(value: unknown): value is AssetsBinding {
  return typeof value === 'object' && value !== null && 'fetch' in value
}
