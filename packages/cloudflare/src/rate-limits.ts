import type { RateLimit, RateLimits } from '@ckan-uplink/gateway'
import type { EnvVars } from './config.ts'

/** https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/ */
interface RateLimitBinding {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>
}

/**
 * The rate limits that are bound to the Worker: `RATE_LIMIT` for users, `ADDRESS_RATE_LIMIT` for addresses. Cloudflare
 * counts separately at each location, for all isolates there together.
 */
export function boundRateLimits({ RATE_LIMIT, ADDRESS_RATE_LIMIT }: EnvVars): Partial<RateLimits> {
  return {
    ...(isRateLimit(RATE_LIMIT) && { perUser: rateLimitOf(RATE_LIMIT) }),
    ...(isRateLimit(ADDRESS_RATE_LIMIT) && { perAddress: rateLimitOf(ADDRESS_RATE_LIMIT) }),
  }
}

function rateLimitOf(binding: RateLimitBinding): RateLimit {
  return { admits: async (key) => (await binding.limit({ key })).success }
}

function isRateLimit(value: unknown): value is RateLimitBinding {
  return typeof value === 'object' && value !== null && 'limit' in value
}
