import { readFile } from 'node:fs/promises'
import type { StaticFiles } from '../static/static-files.ts'

/** The static files in a folder. The URL ends with a slash. */
export function createStaticFolder(folder: URL): StaticFiles {
  return {
    async read(name) {
      try {
        return await readFile(new URL(name, folder))
      } catch {
        return undefined
      }
    },
  }
}
