import { NotAllowedError } from '@ckan-uplink/core'
import { isLoopbackHost } from '@ckan-uplink/core/support'
import type { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { Action } from '../actions/define-action.ts'
import type { GatewayDeps } from '../deps.ts'
import { EXPOSED_TO_READERS, publicPartsOf, READER_HEADERS } from '../files/public-host.ts'
import { isGrant } from '../grants/grant.ts'
import { isLinkToken } from '../links/upload-link.ts'
import { STATUS_KEY_HEADER } from '../uploads/status-keys.ts'
import { tokenOf } from './caller.ts'
import { networkOf, type RateLimit, tooManyRequests } from './rate-limits.ts'
import { TRACE_HEADERS } from './trace.ts'

/** For all answers. None of them is a page, and a browser must not treat one as a page. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}
/** For a year, browsers then use only https for this host and its subdomains. */
const HTTPS_HEADERS: Readonly<Record<string, string>> = {
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
}

/** Adds security headers to every answer that does not set them itself. */
export function addSecurityHeaders(app: Hono, { gatewayUrl }: GatewayDeps['settings']): void {
  const headers = { ...SECURITY_HEADERS, ...(gatewayUrl.startsWith('https:') && HTTPS_HEADERS) }
  app.use(async (context, next) => {
    await next()
    for (const [name, value] of Object.entries(headers)) if (!context.res.headers.has(name)) context.header(name, value)
  })
}

/** Lets pages of the allowed origins call the gateway. */
export function allowOrigins(app: Hono, { allowedOrigins, ckanTokenHeader }: GatewayDeps['settings']): void {
  if (allowedOrigins.length === 0) return
  const origin = allowedOrigins.includes('*') ? '*' : [...allowedOrigins]
  const tokenHeaders = ['Authorization', 'Content-Type', 'X-CKAN-API-Key', STATUS_KEY_HEADER, ckanTokenHeader]
  const allowHeaders = [...new Set([...tokenHeaders, ...READER_HEADERS, ...TRACE_HEADERS])]
  const exposeHeaders = [...EXPOSED_TO_READERS, 'Retry-After']
  app.use(cors({ origin, allowHeaders, allowMethods: ['GET', 'HEAD', 'POST'], exposeHeaders, maxAge: 3600 }))
}

/**
 * Refuses plain http. The token has already crossed the network unencrypted, and a redirect would hide that from the
 * author of the client. Requests for public files are redirected: they carry no token, and old links to them may use
 * `http:`.
 */
export function refuseHttp(app: Hono, { settings, seesProtocol }: GatewayDeps): void {
  if (!seesProtocol || !settings.gatewayUrl.startsWith('https:')) return
  app.use(async ({ req }, next) => {
    const url = new URL(req.url)
    const isPlain = url.protocol === 'http:' && !isLoopbackHost(url.hostname)
    if (isPlain && publicPartsOf(settings, req.raw))
      return Response.redirect(url.href.replace(/^http:/u, 'https:'), 301)
    if (isPlain)
      throw new NotAllowedError(
        'This address accepts only https. If the request contained a token, revoke that token in CKAN.',
      )
    return next()
  })
}

/**
 * Limits the requests of an address. `/healthz` has no limit, so that a monitor behind a busy address sees the true
 * state.
 */
export function limitAddresses(app: Hono, { addressOf }: GatewayDeps, perAddress: RateLimit): void {
  app.use(async ({ req }, next) => {
    const address = req.path === '/healthz' ? undefined : addressOf?.(req.raw)
    if (address !== undefined && !(await perAddress.admits(networkOf(address))))
      throw tooManyRequests('This address has sent')
    await next()
  })
}

/**
 * Grants and the secrets of upload links are not tokens. CKAN never gets one, because it would take the caller for
 * anonymous.
 */
export function refuseGrantsAsTokens(app: Hono, actions: readonly Pick<Action, 'name' | 'grants' | 'links'>[]): void {
  const pathsOf = (accepting: typeof actions) =>
    new Set(accepting.flatMap(({ name }) => [`/api/3/action/${name}`, `/api/action/${name}`]))
  const ofGrants = pathsOf(actions.filter(({ grants }) => grants))
  const ofLinks = pathsOf(actions.filter(({ links }) => links))

  app.use(async ({ req }, next) => {
    const token = tokenOf(req.raw.headers) ?? ''
    if (isGrant(token) && !ofGrants.has(req.path))
      throw new NotAllowedError('This is a grant for one file, not an API token: send an API token of CKAN.')
    if (isLinkToken(token) && !ofLinks.has(req.path))
      throw new NotAllowedError('This is the secret of an upload link, not an API token: send an API token of CKAN.')
    await next()
  })
}
