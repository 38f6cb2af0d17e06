/**
 * The caller's address. Cloudflare's edge sets this header and overwrites a header of the client.
 * https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
 */
export function addressOf({ headers }: Request): string | undefined {
  return headers.get('CF-Connecting-IP') ?? undefined
}
