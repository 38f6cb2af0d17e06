import { mkdir, writeFile } from 'node:fs/promises'
import { bundleWorker, WORKERS } from '@ckan-uplink/local/bundle-worker'
import { bundleForNode } from '../infra/bundle-node.ts'

const DIST = new URL('../dist/', import.meta.url)

/** What deploys, by its path below `dist/`, and how many bytes each may have, minified. */
const BUNDLES = [
  ...WORKERS.map((name) => ({ path: `cloudflare/${name}.js`, bundle: () => bundleWorker(name), maxBytes: 100_000 })),
  ...['linker', 'gateway', 'reconcile'].map((name) => ({
    path: `aws/${name}/index.mjs`,
    bundle: () => bundleForNode(`@ckan-uplink/aws/${name}`),
    maxBytes: 600_000,
  })),
]

const sizes = []
for (const { path, bundle, maxBytes } of BUNDLES) {
  const script = await bundle()
  const file = new URL(path, DIST)
  await mkdir(new URL('.', file), { recursive: true })
  await writeFile(file, script)
  const bytes = Buffer.byteLength(script)
  sizes.push({ bundle: path, bytes, 'at most': maxBytes, fits: bytes <= maxBytes })
}

console.table(sizes)
if (!sizes.every(({ fits }) => fits)) {
  console.error('A bundle is too large: see what it took in with esbuild --analyze.')
  process.exit(1)
}
