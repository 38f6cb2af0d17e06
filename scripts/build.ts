import { mkdir, writeFile } from 'node:fs/promises'
import { bundleWorker } from '@ckan-uplink/local/bundle-worker'
import { bundleForNode } from '../infra/bundle-node.ts'
import { packageFunctionApp } from '../infra/function-app-package.ts'
import { bundleClient } from './bundle-client.ts'

type Files = Readonly<Record<string, string>>

const DIST = new URL('../dist/', import.meta.url)

/** What deploys, and what a web page takes in, by its folder below `dist/`, and how many bytes each of its files may have. */
const PACKAGES = [
  {
    folder: 'cloudflare',
    files: async (): Promise<Files> => ({ 'gateway.js': await bundleWorker('gateway'), 'linker.js': await bundleWorker('linker') }),
    maxBytes: 100_000,
  },
  ...['linker', 'gateway', 'reconcile'].map((name) => ({
    folder: `aws/${name}`,
    files: async (): Promise<Files> => ({ 'index.mjs': await bundleForNode(`@ckan-uplink/aws/${name}`) }),
    maxBytes: 600_000,
  })),
  { folder: 'azure', files: packageFunctionApp, maxBytes: 1_500_000 },
  { folder: 'client', files: bundleClient, maxBytes: 15_000 },
]

const sizes = []
for (const { folder, files, maxBytes } of PACKAGES) {
  const target = new URL(`${folder}/`, DIST)
  await mkdir(target, { recursive: true })
  for (const [name, text] of Object.entries(await files())) {
    await writeFile(new URL(name, target), text)
    const bytes = Buffer.byteLength(text)
    sizes.push({ file: `${folder}/${name}`, bytes, 'at most': maxBytes, fits: bytes <= maxBytes })
  }
}

console.table(sizes)
if (!sizes.every(({ fits }) => fits)) {
  console.error('A bundle is too large: see what it took in with esbuild --analyze.')
  process.exit(1)
}
