/**
 * The caller's address. Cloudflare sets this header at its edge, and overwrites what a client sends.
 * https://developers.cloudflare.com/fundamentals/reference/http-headers/#cf-connecting-ip
 */
export function addressOf({ headers }: Request): string | undefined {
  return headers.get('CF-Connecting-IP') ?? undefined
}
