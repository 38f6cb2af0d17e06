import { build } from 'esbuild'

/** The client as a web page takes it in: its entry, and what is loaded when a checksum is asked for. */
export async function bundleClient(): Promise<Readonly<Record<string, string>>> {
  const { outputFiles } = await build({
    entryPoints: { client: '@ckan-uplink/client' },
    absWorkingDir: import.meta.dirname,
    outdir: '.',
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['source'],
    chunkNames: '[name]',
  })
  return Object.fromEntries(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/') + 1), text]))
}
