import type { Settings } from '@ckan-uplink/core/settings'
import { type Check, type CheckResult, hint, request, right, wrong } from './check.ts'

export interface BrowserSubject {
  readonly settings: Settings
  /** The URL to which a browser uploads an object with this key. */
  urlOf(key: string): Promise<string>
  /** The names of the headers that the browser sends with it. */
  readonly uploadHeaders: readonly string[]
}

const adviceOnError = 'The preflight failed. See the other checks of the gateway and the bucket.'

/**
 * Checks by CORS preflights that pages of the allowed origins may call the gateway and upload to the bucket, that
 * the gateway's own page may upload, and that all pages may read.
 */
export function browserChecks({ settings, urlOf, uploadHeaders }: BrowserSubject): readonly Check[] {
  const { allowedOrigins, gatewayUrl, keyPrefix, passThrough } = settings
  const urlOfObject = () => urlOf(`${keyPrefix}uplink-doctor`)
  const check = (name: string, method: string, headers: readonly string[], target: () => Promise<string>): Check => ({
    name,
    adviceOnError,
    async run() {
      if (allowedOrigins.length === 0) return hint('allowedOrigins is empty: no web page of another site may upload')
      const url = await target()
      const refused: string[] = []
      for (const origin of allowedOrigins) if (!(await isAllowed(url, origin, method, headers))) refused.push(origin)
      return judge(allowedOrigins, refused)
    },
  })
  return [
    check(
      'browsers at the gateway',
      'POST',
      ['authorization', 'content-type'],
      async () => `${gatewayUrl}/api/3/action/resource_upload`,
    ),
    check('browsers at the bucket', 'PUT', uploadHeaders, urlOfObject),
    {
      name: 'upload page',
      adviceOnError,
      async run() {
        if (!passThrough) return hint('passThrough is off: there is no upload page')
        const { origin } = new URL(gatewayUrl)
        return judgePage(origin, await isAllowed(await urlOfObject(), origin, 'PUT', uploadHeaders))
      },
    },
    {
      name: 'browsers that read',
      adviceOnError,
      run: async () => judgeReading(await isAllowed(await urlOfObject(), 'null', 'GET', ['range'])),
    },
  ]
}

/** The stacks allow the gateway's own page, except for a gateway whose address follows from the deployment. */
function judgePage(origin: string, allowed: boolean): CheckResult {
  if (allowed) return right(`${origin}/upload/<dataset> may send files to the bucket`)
  return hint(`CORS of the bucket refuses the upload page. Add ${origin} to allowedOrigins, and deploy.`)
}

/** After the gateway's redirect, a browser sends the origin `null`. */
function judgeReading(allowed: boolean): CheckResult {
  if (allowed) return right('all pages may read from the bucket by signed URLs, also parts of files')
  return wrong(
    'CORS of the bucket refuses pages that read: a page cannot follow the redirect of the gateway.',
    'Deploy again. If the deployment uses an existing bucket, set its CORS rules by hand (see docs/deploy).',
  )
}

function judge(origins: readonly string[], refused: readonly string[]): CheckResult {
  if (refused.length === 0) return right(`pages of ${origins.join(', ')} may upload`)
  return wrong(
    `CORS refuses pages of ${refused.join(', ')}.`,
    'Deploy allowedOrigins. If the deployment uses an existing bucket, set its CORS rules by hand (see docs/deploy).',
  )
}

/** For `*`, any origin serves as the example. */
async function isAllowed(url: string, origin: string, method: string, headers: readonly string[]): Promise<boolean> {
  const sentOrigin = origin === '*' ? 'https://example.org' : origin
  const preflight = {
    Origin: sentOrigin,
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': headers.join(','),
  }
  const response = await request(url, { method: 'OPTIONS', headers: preflight })
  const allowed = response.headers.get('access-control-allow-origin')
  const allowedHeaders = (response.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/\s*,\s*/u)
  const hasAll = allowedHeaders.includes('*') || headers.every((header) => allowedHeaders.includes(header))
  return response.ok && (allowed === '*' || allowed === sentOrigin) && hasAll
}
