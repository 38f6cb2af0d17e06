import { createHash, createHmac } from 'node:crypto'
import { ActionError } from './action-error.ts'
import { type ApiAnswer, html, json } from './api.ts'
import type { Fields, Json } from './json.ts'
import { mayUpdateDataset } from './permissions.ts'
import { answerCheck, checkPlace, parse, type Site } from './plugin-check.ts'
import { checkFile } from './plugin-file-check.ts'
import { findByResource, type User } from './state.ts'

/** The plugin `uplink` of this CKAN. */
export interface Plugin {
  /** The secret that CKAN and the gateway share. */
  readonly secret: string
  /** The gateway's address, to which browsers go with a grant. */
  readonly gatewayUrl: string
}

interface PageRequest {
  readonly url: URL
  readonly caller: User | undefined
  readonly body: Buffer
}

const LIFETIME_SECONDS = 300
const NO_RESOURCE = '00000000-0000-0000-0000-000000000000'
const OPEN = /^\/uplink\/open\/([^/]+)\/((?:([\da-f-]{36})\/)?([\da-f]{16})\/[^/]+)$/u
const LINKED = /\/resource\/([^/]+)\/download\/(?:([\da-f-]{36})\/)?([\da-f]{16})\/[^/]+$/u

/** Answers for the plugin what upload links, private files and `doctor` need. It has no page with a form. */
export function answerPlugin(site: Site, plugin: Plugin, { url, caller, body }: PageRequest): ApiAnswer {
  const { pathname } = url
  if (pathname === '/uplink/check') return answerCheck(site, plugin.secret, body, checkPlace)
  if (pathname === '/uplink/check-file') return answerCheck(site, plugin.secret, body, checkFile)
  if (pathname === '/uplink/status') return json(200, statusOf(plugin))
  if (pathname === '/uplink/grant') return giveGrant(site, plugin, { caller, body })
  if (OPEN.test(pathname)) return openFile(site, plugin, { url, caller })
  return html(404, `Not Found: the built-in CKAN has no form. Paste a token at ${plugin.gatewayUrl}/upload/… instead`)
}

function statusOf(plugin: Plugin): Fields {
  const grant = signRead(plugin, { sub: '', resource: NO_RESOURCE, version: '0'.repeat(16) })
  const has = { loads_private_files: false, has_upload_action: false }
  return { version: 'built-in', gateway: plugin.gatewayUrl, grant, ...has }
}

/** For a program with a token: a grant for the file that a resource shows. */
function giveGrant(site: Site, plugin: Plugin, { caller, body }: Omit<PageRequest, 'url'>): ApiAnswer {
  const shown = tryShow(site, caller, String(parse(body.toString())['resource']))
  if (shown instanceof ActionError) return json(shown.status, { error: 'You are not authorized to read this file.' })
  const [path, resource, upload, version = ''] = LINKED.exec(String(shown['url'])) ?? []
  if (path === undefined || resource === undefined || resource !== shown['id'])
    return json(404, { error: 'The resource has no such file.' })
  const grant = signRead(plugin, { sub: caller?.name ?? '', resource, ...(upload && { upload }), version })
  return json(200, { grant, url: plugin.gatewayUrl + path, expires_in: LIFETIME_SECONDS })
}

/** The built-in CKAN has no login page: the browser itself asks for a name, and for a token as the password. */
function openFile(site: Site, plugin: Plugin, { url, caller }: Omit<PageRequest, 'body'>): ApiAnswer {
  const [, resource = '', names = '', upload, version = ''] = OPEN.exec(url.pathname) ?? []
  const shown = tryShow(site, caller, resource)
  if (shown instanceof ActionError && caller === undefined && shown.status === 403) return askForToken()
  if (shown instanceof ActionError) return html(shown.status, 'No such file, or not for you')
  const dataset = findByResource(site.state, resource)
  const isShown = String(shown['url']).includes(`/resource/${resource}/download/${names}`)
  if (!isShown && !(dataset && mayUpdateDataset(site.newCall(caller), dataset)))
    return html(404, 'Not Found: the file was replaced')
  const claims = { sub: caller?.name ?? '', resource, ...(upload && { upload }), version }
  const query = new URLSearchParams({ grant: signRead(plugin, claims) })
  if (url.searchParams.get('preview') === '1') query.set('preview', '1')
  const Location = `${plugin.gatewayUrl}/resource/${resource}/download/${names}?${query}`
  return { ...html(302, 'Found'), headers: { Location, 'Cache-Control': 'private, no-store' } }
}

function askForToken(): ApiAnswer {
  const page = html(401, 'Log in with any name, and a token of this CKAN as the password')
  const realm = 'Any name, and a token of the built-in CKAN as the password'
  return { ...page, headers: { ...page.headers, 'WWW-Authenticate': `Basic realm="${realm}"` } }
}

function tryShow({ actions, newCall }: Site, caller: User | undefined, id: string): Fields | ActionError {
  try {
    const shown: Json = actions.get('resource_show')?.run(newCall(caller), { id }) ?? {}
    return Object(shown)
  } catch (thrown) {
    if (thrown instanceof ActionError) return thrown
    throw thrown
  }
}

/** Signs as the plugin does: this user may read this version for five minutes. */
function signRead({ secret, gatewayUrl }: Plugin, claims: Fields): string {
  const kid = createHash('sha256').update(`uplink grant key ${secret}`).digest('hex').slice(0, 16)
  const iat = Math.floor(Date.now() / 1000)
  const said = { aud: gatewayUrl, iat, exp: iat + LIFETIME_SECONDS, scope: 'read', ...claims }
  const signed = `${encode({ alg: 'HS256', typ: 'uplink+jwt', kid })}.${encode(said)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

function encode(value: Fields): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
