import { type Check, hint, right, wrong } from '../../doctor/check.ts'
import type { CloudflareApi } from './api.ts'

interface Account {
  readonly id: string
  readonly name: string
}

/** Checks that the operator's API token belongs to the account of the entry, as far as the token may say so. */
export function accountCheck(api: Pick<CloudflareApi, 'accounts'>, accountId: string): Check {
  return {
    name: 'account',
    adviceOnError: 'Check CLOUDFLARE_API_TOKEN: Cloudflare does not accept it.',
    async run() {
      // A token needs no right for this list, but Cloudflare does not promise it: the other checks name real faults.
      const accounts = await api.accounts<Account>().catch(() => [])
      if (accounts.length === 0) return hint('not checked, because CLOUDFLARE_API_TOKEN may not list its accounts')
      const own = accounts.find(({ id }) => id === accountId)
      if (own !== undefined) return right(`${own.name} (${accountId})`)
      return wrong(
        `CLOUDFLARE_API_TOKEN is a token of ${accounts.map(({ id, name }) => `${name} (${id})`).join(', ')}, but the entry is for ${accountId}.`,
        `Set CLOUDFLARE_API_TOKEN to a token of the account ${accountId}.`,
      )
    },
  }
}
