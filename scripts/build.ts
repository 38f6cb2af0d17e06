import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { bundleClient, bundleWidget, type Files, type WebBundle, writeFiles } from '@ckan-uplink/static-files'
import { clouds } from '../infra/clouds.ts'
import { listComponents } from './list-components.ts'
import { writeApiDescription } from './openapi.ts'

const DIST = new URL('../dist/', import.meta.url)
/** A page loads this before it sends the first byte: less than a second on a slow mobile line of 200 kbit/s. */
const MAX_CLIENT_BYTES = 20_000
/** Compressed, as a server sends it. */
const MAX_WIDGET_BYTES = 40_000

await writeApiDescription()

const sizes: ReturnType<typeof sizeOf>[] = []
await writeWeb('client', await bundleClient(), MAX_CLIENT_BYTES, (text) => Buffer.from(text))
await writeWeb('widget', await bundleWidget(), MAX_WIDGET_BYTES, gzipSync)
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

/** Writes a bundle for web pages. `encode` gives the bytes that count. */
async function writeWeb(
  folder: string,
  { files, first }: WebBundle,
  maxBytes: number,
  encode: (text: string) => Buffer,
): Promise<void> {
  const bytes = first.reduce((sum, name) => sum + encode(files[name] ?? '').byteLength, 0)
  await write(folder, files)
  sizes.push(sizeOf(`${folder}/{${first.join()}}`, bytes, maxBytes))
}

async function write(folder: string, files: Files): Promise<void> {
  await writeFiles(fileURLToPath(new URL(folder, DIST)), files)
}

function sizeOf(file: string, bytes: number, maxBytes: number) {
  return { file, bytes, 'at most': maxBytes, fits: bytes <= maxBytes }
}
