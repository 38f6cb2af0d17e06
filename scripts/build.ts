import { mkdir, writeFile } from 'node:fs/promises'
import { bundleWorker } from '@ckan-uplink/local/bundle-worker'
import { bundleForNode } from '../infra/bundle-node.ts'

const DIST = new URL('../dist/', import.meta.url)

/** What deploys, by its path below `dist/`, and how many bytes each may have, minified. */
const BUNDLES = [
  { path: 'cloudflare/worker.js', bundle: bundleWorker, maxBytes: 100_000 },
  { path: 'aws/linker/index.mjs', bundle: () => bundleForNode('@ckan-uplink/aws/linker'), maxBytes: 600_000 },
  { path: 'aws/gateway/index.mjs', bundle: () => bundleForNode('@ckan-uplink/aws/gateway'), maxBytes: 600_000 },
  { path: 'aws/reconcile/index.mjs', bundle: () => bundleForNode('@ckan-uplink/aws/reconcile'), maxBytes: 600_000 },
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
