import { fileURLToPath } from 'node:url'
import { WORKER_BUILD } from '@ckan-uplink/local/bundle-worker'
import { build } from 'esbuild'

const DIST = new URL('../dist/', import.meta.url)

/** What deploys, by the folder below `dist/`, and how many bytes each may have, minified. */
const BUNDLES = [{ folder: 'cloudflare', options: WORKER_BUILD, maxBytes: 100_000 }]

const sizes = []
for (const { folder, options, maxBytes } of BUNDLES) {
  const { metafile } = await build({ ...options, metafile: true, outdir: fileURLToPath(new URL(folder, DIST)), logLevel: 'warning' })
  for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
    sizes.push({ bundle: `${folder}/${file.split('/').at(-1)}`, bytes, 'at most': maxBytes, fits: bytes <= maxBytes })
  }
}

console.table(sizes)
if (!sizes.every(({ fits }) => fits)) {
  console.error('A bundle is too large: see what it took in with esbuild --analyze.')
  process.exit(1)
}
