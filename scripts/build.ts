import { mkdir, writeFile } from 'node:fs/promises'
import { bundleWorker } from '@ckan-uplink/local/bundle-worker'
import { bundleForNode } from '../infra/bundle-node.ts'
import { packageFunctionApp } from '../infra/function-app-package.ts'
import { bundleClient } from './bundle-client.ts'
import { listComponents } from './list-components.ts'
import { writeApiDescription } from './openapi.ts'

type Files = Readonly<Record<string, string>>

const DIST = new URL('../dist/', import.meta.url)

/**
 * What deploys, by its folder below `dist/`, and how many bytes each of its files may have. A Worker's size decides how fast it starts:
 * both stay far below the 1 MB at which a start becomes noticeable. The gateway speaks more of CKAN's API than the linker.
 */
const PACKAGES = [
  {
    folder: 'cloudflare',
    files: async (): Promise<Files> => ({ 'gateway.js': await bundleWorker('gateway') }),
    maxBytes: 160_000,
  },
  {
    folder: 'cloudflare',
    files: async (): Promise<Files> => ({ 'linker.js': await bundleWorker('linker') }),
    maxBytes: 100_000,
  },
  ...['linker', 'gateway', 'reconcile'].map((name) => ({
    folder: `aws/${name}`,
    files: async (): Promise<Files> => ({ 'index.mjs': await bundleForNode(`@ckan-uplink/aws/${name}`) }),
    maxBytes: 600_000,
  })),
  { folder: 'azure', files: packageFunctionApp, maxBytes: 1_500_000 },
]
/** What a page loads before the first byte is sent: less than a second on a slow mobile line of 200 kbit/s. */
const MAX_CLIENT_BYTES = 20_000

await writeApiDescription()

const client = await bundleClient()
const bytesAtFirst = client.first.reduce((sum, name) => sum + Buffer.byteLength(client.files[name] ?? ''), 0)
await write('client', client.files)
const sizes = [sizeOf(`client/{${client.first.join()}}`, bytesAtFirst, MAX_CLIENT_BYTES)]
for (const { folder, files, maxBytes } of PACKAGES) {
  const texts = await files()
  await write(folder, texts)
  for (const [name, text] of Object.entries(texts))
    sizes.push(sizeOf(`${folder}/${name}`, Buffer.byteLength(text), maxBytes))
}

await write('', { 'sbom.cdx.json': await listComponents() })
console.table(sizes)
if (!sizes.every(({ fits }) => fits)) {
  console.error('A bundle is too large: see what it took in with esbuild --analyze.')
  process.exit(1)
}

async function write(folder: string, files: Files): Promise<void> {
  const target = new URL(folder === '' ? '' : `${folder}/`, DIST)
  await mkdir(target, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, target), text)
}

function sizeOf(file: string, bytes: number, maxBytes: number) {
  return { file, bytes, 'at most': maxBytes, fits: bytes <= maxBytes }
}
