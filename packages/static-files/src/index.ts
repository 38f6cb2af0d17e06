import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gatewayFiles } from '@ckan-uplink/gateway/openapi'
import { pageWith, UPLOAD_PAGE_STYLE } from './upload-page.ts'
import { bundleLinkPage, bundleUploadPage, bundleWidget } from './web-bundles.ts'

export { bundleClient, bundleWidget, type WebBundle } from './web-bundles.ts'

/** The content of each file by its name. */
export type Files = Readonly<Record<string, string>>

let files: Promise<Files> | undefined

/**
 * Everything that the gateway serves from its static files. A package adds its files with a line here. The first call
 * builds them.
 */
export function staticFiles(): Promise<Files> {
  files ??= build()
  return files
}

async function build(): Promise<Files> {
  const [widget, page, link] = await Promise.all([bundleWidget(), bundleUploadPage(), bundleLinkPage()])
  return {
    ...gatewayFiles(),
    ...widget.files,
    ...page.files,
    ...link.files,
    'upload.html': pageWith('upload-page.js'),
    'link.html': pageWith('link-page.js'),
    'upload-page.css': UPLOAD_PAGE_STYLE,
  }
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
