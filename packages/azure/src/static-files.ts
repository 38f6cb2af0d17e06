import { readFile } from 'node:fs/promises'
import type { StaticFiles } from '@ckan-uplink/gateway'

/** The folder `static` beside the bundle. */
export const staticFiles: StaticFiles = {
  async read(name) {
    try {
      return await readFile(new URL(`static/${name}`, import.meta.url))
    } catch {
      return undefined
    }
  },
}
