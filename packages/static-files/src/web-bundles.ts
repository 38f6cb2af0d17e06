import { build } from 'esbuild'

export interface WebBundle {
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>
  /** The files that a page loads first. The page loads the others when they are needed. */
  readonly first: readonly string[]
}

/** Bundles the client for web pages. */
export function bundleClient(): Promise<WebBundle> {
  return bundle({ client: '@ckan-uplink/client' }, 'client.js')
}

/** Bundles the web component, with the client and the worker that it starts. */
export function bundleWidget(): Promise<WebBundle> {
  const worker = '@ckan-uplink/widget/checksum-worker'
  return bundle({ widget: '@ckan-uplink/widget', 'checksum-worker': worker }, 'widget.js')
}

/** Bundles the script of the upload page. The page loads the web component beside it. */
export function bundleUploadPage(): Promise<WebBundle> {
  return bundle({ 'upload-page': '@ckan-uplink/widget/upload-page' }, 'upload-page.js')
}

/** Bundles the script of the page of upload links. */
export function bundleLinkPage(): Promise<WebBundle> {
  return bundle({ 'link-page': '@ckan-uplink/widget/link-page' }, 'link-page.js')
}

async function bundle(entryPoints: Readonly<Record<string, string>>, first: string): Promise<WebBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints,
    absWorkingDir: import.meta.dirname,
    outdir: '.',
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['source'],
    chunkNames: '[name]-[hash]',
  })
  const staticallyNeeded = (name: string): readonly string[] => {
    const imports = (metafile.outputs[name]?.imports ?? []).filter(({ kind }) => kind === 'import-statement')
    return [name, ...imports.flatMap(({ path }) => staticallyNeeded(path))]
  }
  return {
    files: Object.fromEntries(outputFiles.map(({ path, text }) => [nameOf(path), text])),
    first: [...new Set(staticallyNeeded(first))],
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
