import { TokenInvalidError } from '@ckan-uplink/core'
import type { CkanClient } from './ckan-client.ts'
import { whoami } from './whoami.ts'

/** CKAN's defaults: of 2.11 and later, and of 2.10. A site chooses another by `apitoken_header_name`. */
const DEFAULTS = ['Authorization', 'X-CKAN-API-Key']

/** The header under which CKAN knows a token that it does not know under the client's own; `undefined` when it is none of the defaults. */
export async function findTokenHeader(client: CkanClient, token: string): Promise<string | undefined> {
  for (const tokenHeader of DEFAULTS) {
    if (tokenHeader.toLowerCase() === client.tokenHeader.toLowerCase()) continue
    if ((await whoami(client, token, tokenHeader)) !== undefined) return tokenHeader
  }
  return undefined
}

/** The error for a service token that CKAN does not know, with what to do: the header may be wrong, or the token. */
export async function unknownServiceToken(
  client: CkanClient,
  token: string,
  options?: { readonly cause: Error },
): Promise<TokenInvalidError> {
  const found = await findTokenHeader(client, token)
  const advice =
    found === undefined
      ? `It may be expired, revoked or mistyped: make a new one and give it to the service. ${headerAdvice(client)}`
      : `It knows it in the header ${found}: set CKAN_TOKEN_HEADER to ${found}.`
  return new TokenInvalidError(
    `CKAN does not know the service token in the header ${client.tokenHeader}. ${advice}`,
    options,
  )
}

/** What to do where a site reads tokens from a header of its own. */
export function headerAdvice({ tokenHeader }: CkanClient): string {
  return `If the site's apitoken_header_name is not ${tokenHeader}, set CKAN_TOKEN_HEADER to it.`
}
