import { NotFoundError } from '@ckan-uplink/core'
import { toHex } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '../deps.ts'
import { matchesTag } from '../files/send-object.ts'

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/**
 * esbuild puts a hash of the content into such a name, so the content never changes. A script without a hash names such
 * scripts, so browsers ask for it again: an old script would name scripts that a new version no longer has.
 */
const HAS_HASH = /-[0-9A-Z]{8}\.\w+$/u

/**
 * A page runs only the gateway's own scripts, and no page may frame it. It sends files to the bucket, whose address
 * differs for each deployment.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  'connect-src *',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Answers with the static file at the path of a request. `undefined` if the path leads to no file. */
export function sendStatic(deps: GatewayDeps, request: Request): Promise<Response | undefined> {
  return sendNamed(deps, request, new URL(request.url).pathname.slice(1))
}

/**
 * Answers with the page at which people upload files. Its script reads the place from the address, and asks CKAN for
 * its name.
 */
export async function sendUploadPage(deps: GatewayDeps, request: Request): Promise<Response> {
  if (!deps.settings.passThrough) throw new NotFoundError('The upload page needs the setting PASS_THROUGH.')
  const page = await sendNamed(deps, request, 'upload.html', (html) => addSignIn(deps, html))
  if (page === undefined) throw new NotFoundError('This gateway was deployed without its upload page.')
  return page
}

/** Answers with the page of upload links. Its script reads the secret from the fragment of the address. */
export async function sendLinkPage(deps: GatewayDeps, request: Request): Promise<Response> {
  const page = deps.settings.uploadLinks ? await sendNamed(deps, request, 'link.html') : undefined
  if (page === undefined) throw new NotFoundError('This gateway takes no files by upload links.')
  return page
}

/** Tells the page's script where CKAN's plugin takes files by CKAN's session, if CKAN has the plugin. */
function addSignIn({ settings, grantSecrets }: GatewayDeps, html: string): string {
  if (grantSecrets === undefined) return html
  const address = `${settings.ckanSiteUrl ?? settings.ckanUrl}/uplink/upload/`
  const escaped = address.replaceAll('&', '&amp;').replaceAll('"', '&quot;')
  return html.replace('<head>', () => `<head>\n<meta name="ckan-upload" content="${escaped}">`)
}

async function sendNamed(
  { staticFiles }: GatewayDeps,
  request: Request,
  path: string,
  change?: (text: string) => string,
): Promise<Response | undefined> {
  const [name = '', extension = ''] = /^[\w-]+\.(\w+)$/u.exec(path) ?? []
  const type = Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined
  if (type === undefined || !/^(?:GET|HEAD)$/u.test(request.method)) return undefined
  const stored = await staticFiles?.read(name)
  if (stored === undefined) return undefined
  const content = change ? new TextEncoder().encode(change(new TextDecoder().decode(stored))) : stored
  const headers = {
    ETag: await etagOf(content),
    'Cache-Control': HAS_HASH.test(name) ? 'public, max-age=31536000, immutable' : 'public, no-cache',
    // A page of the portal loads the scripts as modules, for which browsers ask for this permission.
    'Access-Control-Allow-Origin': '*',
    ...(extension === 'html' && { 'Content-Security-Policy': PAGE_POLICY }),
  }
  return matchesTag(request.headers.get('If-None-Match'), headers.ETag)
    ? new Response(null, { status: 304, headers })
    : new Response(content, { headers: { ...headers, 'Content-Type': type, 'Content-Length': String(content.length) } })
}

async function etagOf(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return `"${toHex(await crypto.subtle.digest('SHA-256', content)).slice(0, 32)}"`
}
