import { TokenInvalidError } from '@ckan-uplink/core'
import type { CkanClient } from './ckan-client.ts'
import { whoami } from './whoami.ts'

/** CKAN's defaults in 2.11 and later, and in 2.10. A site can choose another header with `apitoken_header_name`. */
const DEFAULTS = ['Authorization', 'X-CKAN-API-Key']

/**
 * Tries a token that CKAN does not know in CKAN's default headers. Returns the header in which CKAN knows the token.
 */
export async function findTokenHeader(client: CkanClient, token: string): Promise<string | undefined> {
  for (const tokenHeader of DEFAULTS) {
    if (tokenHeader.toLowerCase() === client.tokenHeader.toLowerCase()) continue
    if ((await whoami(client, token, tokenHeader)) !== undefined) return tokenHeader
  }
  return undefined
}

/** The error for a service token that CKAN does not know. It says whether to change the header or the token. */
export async function unknownServiceToken(
  client: CkanClient,
  token: string,
  options?: { readonly cause: Error },
): Promise<TokenInvalidError> {
  const found = await findTokenHeader(client, token)
  const advice =
    found === undefined
      ? `It may be expired, revoked or mistyped: create a new token and give it to the service. ${headerAdvice(client)}`
      : `CKAN knows it in the header ${found}: set CKAN_TOKEN_HEADER to ${found}.`
  return new TokenInvalidError(
    `CKAN does not know the service token in the header ${client.tokenHeader}. ${advice}`,
    options,
  )
}

/** Advice for sites that read tokens from another header. */
export function headerAdvice({ tokenHeader }: CkanClient): string {
  return `If the site's apitoken_header_name is not ${tokenHeader}, set CKAN_TOKEN_HEADER to it.`
}
