import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gatewayFiles } from '@ckan-uplink/gateway/openapi'

/** The content of each file by its name. */
export type Files = Readonly<Record<string, string>>

/** Everything that the gateway serves from its static files. A package adds its files with a line here. */
export async function staticFiles(): Promise<Files> {
  return { ...gatewayFiles() }
}

/** The static files for a program on Node, which reads them from the folder `static` beside it. */
export async function staticFolder(): Promise<Files> {
  return Object.fromEntries(Object.entries(await staticFiles()).map(([name, text]) => [`static/${name}`, text]))
}

/** Writes files below a folder, and creates the folders that they need. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}
