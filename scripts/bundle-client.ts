import { build } from 'esbuild'

export interface ClientBundle {
  /** Texts by file name. */
  readonly files: Readonly<Record<string, string>>
  /** The files that a page loads first. The page loads the others when they are needed. */
  readonly first: readonly string[]
}

/** Bundles the client for web pages. */
export async function bundleClient(): Promise<ClientBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: { client: '@ckan-uplink/client' },
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
    first: [...new Set(staticallyNeeded('client.js'))],
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
