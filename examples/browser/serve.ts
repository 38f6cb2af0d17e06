import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { choosePorts, startLocal } from '@ckan-uplink/local'
import { build } from 'esbuild'

/** Serves the page on this machine, with a whole ckan-uplink behind it, until Ctrl-C. */
const script = await build({
  entryPoints: [join(import.meta.dirname, 'upload.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  conditions: ['source'],
})
const page = await readFile(join(import.meta.dirname, 'index.html'), 'utf8')

const server = createServer(({ url }, response) => {
  if (url === '/') response.writeHead(200, { 'Content-Type': 'text/html' }).end(page)
  else if (url === '/upload.js')
    response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script.outputFiles[0]?.text)
  else response.writeHead(404).end()
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`

const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-example-'))
const local = await startLocal({
  folder,
  ports: await choosePorts('0'),
  settings: { ALLOWED_ORIGINS: origin }, // the page's origin differs from the gateway's
})
console.log(
  `page     ${origin}\ngateway  ${local.gateway}\ndataset  ${local.dataset}\ntoken    ${local.tokens?.editor}`,
)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.removeAllListeners(signal)
  process.once(signal, async () => {
    server.closeAllConnections()
    await local.close()
    await rm(folder, { recursive: true, force: true })
    process.exit(0)
  })
}
