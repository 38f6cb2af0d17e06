import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { WORKER_BUILD } from '@ckan-uplink/local'
import { build } from 'esbuild'
import { minify } from 'terser'

const DIST = new URL('../dist/', import.meta.url)

/** What deploys, by the folder below `dist/`, and how many bytes each may have, minified. */
const BUNDLES = [{ folder: 'cloudflare', options: WORKER_BUILD, maxBytes: 100_000 }]

const sizes = []
for (const { folder, options, maxBytes } of BUNDLES) {
  const { outputFiles } = await build({ ...options, minify: true, outdir: fileURLToPath(new URL(folder, DIST)), write: false, logLevel: 'warning' })
  await mkdir(new URL(folder, DIST), { recursive: true })
  for (const { path, text } of outputFiles) {
    // esbuild is quick and terser thorough: the second pass takes off another 2 %. "Unsafe" are its arrows only for functions used with new.
    const { code = text } = await minify(text, { module: true, ecma: 2020, compress: { passes: 3, unsafe_arrows: true } })
    await writeFile(path, code)
    const bytes = Buffer.byteLength(code)
    sizes.push({ bundle: `${folder}/${path.split('/').at(-1)}`, bytes, 'at most': maxBytes, fits: bytes <= maxBytes })
  }
}

console.table(sizes)
if (!sizes.every(({ fits }) => fits)) {
  console.error('A bundle is too large: see what it took in with esbuild --analyze.')
  process.exit(1)
}
