import { sha256Hex } from '@ckan-uplink/core'
import type { Environment } from './config.ts'

/** https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/ */
interface RateLimit {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>
}

/**
 * Whether a caller, known by token or else by address, may ask once more now, by the rate limit that is bound as `RATE_LIMIT`;
 * `undefined` where none is. Cloudflare counts at each of its places apart.
 */
export function createAdmission({ RATE_LIMIT }: Environment): ((request: Request) => Promise<boolean>) | undefined {
  if (!isRateLimit(RATE_LIMIT)) return undefined
  return async ({ headers }) => {
    const caller =
      headers.get('Authorization') ?? headers.get('X-CKAN-API-Key') ?? headers.get('CF-Connecting-IP') ?? ''
    return (await RATE_LIMIT.limit({ key: await sha256Hex(caller) })).success
  }
}

function isRateLimit(value: unknown): value is RateLimit {
  return typeof value === 'object' && value !== null && 'limit' in value
}
