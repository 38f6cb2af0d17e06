import { fileURLToPath } from 'node:url'
import { type Files, writeFiles } from '@ckan-uplink/static-files'
import { clouds } from '../infra/clouds.ts'
import { bundleClient } from './bundle-client.ts'
import { listComponents } from './list-components.ts'
import { writeApiDescription } from './openapi.ts'

const DIST = new URL('../dist/', import.meta.url)
/** A page loads this before it sends the first byte: less than a second on a slow mobile line of 200 kbit/s. */
const MAX_CLIENT_BYTES = 20_000

await writeApiDescription()

const client = await bundleClient()
const bytesAtFirst = client.first.reduce((sum, name) => sum + Buffer.byteLength(client.files[name] ?? ''), 0)
await write('client', client.files)
const sizes = [sizeOf(`client/{${client.first.join()}}`, bytesAtFirst, MAX_CLIENT_BYTES)]
for (const cloud of Object.values(clouds)) {
  for (const { folder, maxBytes, files } of await cloud.bundles()) {
    const texts = await files()
    await write(folder, texts)
    for (const [name, text] of Object.entries(texts).filter(([name]) => !name.startsWith('static/')))
      sizes.push(sizeOf(`${folder}/${name}`, Buffer.byteLength(text), maxBytes))
  }
}

await write('', { 'sbom.cdx.json': await listComponents() })
console.table(sizes)
if (!sizes.every(({ fits }) => fits)) {
  console.error('A bundle is too large: esbuild --analyze shows what it contains.')
  process.exit(1)
}

async function write(folder: string, files: Files): Promise<void> {
  await writeFiles(fileURLToPath(new URL(folder, DIST)), files)
}

function sizeOf(file: string, bytes: number, maxBytes: number) {
  return { file, bytes, 'at most': maxBytes, fits: bytes <= maxBytes }
}
