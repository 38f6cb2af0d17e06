/** The token without `Bearer`. CKAN treats a caller whose token follows `Bearer` as anonymous. */
export function bareToken(token: string): string {
  return token.trim().replace(/^Bearer(?:\s+|$)/iu, '')
}
