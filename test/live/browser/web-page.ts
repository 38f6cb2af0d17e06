import { createServer } from 'node:http'
import { bundleClient, type WebBundle } from '@ckan-uplink/static-files'

/** A web page on this machine. */
export interface WebPage {
  /** Its origin, without a slash at the end. */
  readonly origin: string
  close(): void
}

const HTML = `<!doctype html><meta charset="utf-8"><title>Upload</title><link rel="icon" href="data:,"><input type="file">
<script type="module">import { createUplink } from '/client.js'; globalThis.createUplink = createUplink</script>`

/** Serves a page with the client that `npm run build` makes. */
export async function serveWebPage(): Promise<WebPage> {
  return servePage(await bundleClient(), () => HTML)
}

/** Serves the files of a bundle, and below `/` a page. `html` gets the query of the page's address. */
export async function servePage(
  { files }: WebBundle,
  html: (query: URLSearchParams) => string,
  headers: Readonly<Record<string, string>> = {},
): Promise<WebPage> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1')
    const script = files[pathname.slice(1)]
    if (pathname !== '/' && script === undefined) return void response.writeHead(404).end()
    response
      .writeHead(200, { ...headers, 'Content-Type': script === undefined ? 'text/html' : 'text/javascript' })
      .end(script ?? html(searchParams))
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
