import { createServer } from 'node:http'
import { bundleClient, type ClientBundle } from '../../../scripts/bundle-client.ts'

/** A web page with the client that `npm run build` makes. */
export interface WebPage {
  /** Its origin, without a slash at the end. */
  readonly origin: string
  close(): void
}

const HTML = `<!doctype html><meta charset="utf-8"><title>Upload</title><link rel="icon" href="data:,"><input type="file">
<script type="module">import { createUplink } from '/client.js'; globalThis.createUplink = createUplink</script>`

export async function serveWebPage(): Promise<WebPage> {
  const { files }: ClientBundle = await bundleClient()
  const server = createServer(({ url = '/' }, response) => {
    const script = files[url.slice(1)]
    if (url !== '/' && script === undefined) return void response.writeHead(404).end()
    response
      .writeHead(200, { 'Content-Type': script === undefined ? 'text/html' : 'text/javascript' })
      .end(script ?? HTML)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
