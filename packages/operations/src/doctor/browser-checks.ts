import type { Settings } from '@ckan-uplink/core'
import { ask, type Check, hint, right, type Verdict, wrong } from './check.ts'

export interface BrowserSubject {
  readonly settings: Settings
  /** Where a browser puts an object of this key. */
  urlOf(key: string): Promise<string>
  /** What it sends along. */
  readonly uploadHeaders: readonly string[]
}

/** May pages of the allowed origins ask the gateway, and put into the bucket? Asked as a browser asks, since that is what counts. */
export function browserChecks({ settings, urlOf, uploadHeaders }: BrowserSubject): readonly Check[] {
  const { allowedOrigins, gatewayUrl, keyPrefix } = settings
  const check = (name: string, method: string, headers: readonly string[], target: () => Promise<string>): Check => ({
    name,
    otherwise: 'It could not be asked: see what else is wrong with it.',
    async run() {
      if (allowedOrigins.length === 0) return hint('allowedOrigins is empty: no page may upload from a browser')
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
    check('browsers at the bucket', 'PUT', uploadHeaders, () => urlOf(`${keyPrefix}uplink-doctor`)),
  ]
}

function judge(origins: readonly string[], refused: readonly string[]): Verdict {
  if (refused.length === 0) return right(`pages of ${origins.join(', ')} are let in`)
  return wrong(
    `Pages of ${refused.join(', ')} are refused.`,
    'Deploy allowedOrigins, or set the rules of CORS by hand where the bucket was taken over (docs/deploy has them).',
  )
}

/** `*` allows any origin, so any is asked for. */
async function isAllowed(url: string, origin: string, method: string, headers: readonly string[]): Promise<boolean> {
  const asking = origin === '*' ? 'https://example.org' : origin
  const preflight = {
    Origin: asking,
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': headers.join(','),
  }
  const response = await ask(url, { method: 'OPTIONS', headers: preflight })
  const allowed = response.headers.get('access-control-allow-origin')
  const allowedHeaders = (response.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/\s*,\s*/u)
  const hasAll = allowedHeaders.includes('*') || headers.every((header) => allowedHeaders.includes(header))
  return response.ok && (allowed === '*' || allowed === asking) && hasAll
}
