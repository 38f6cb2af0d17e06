import { type Check, hint, right, wrong } from '../../doctor/check.ts'
import type { ManagementApi } from './management.ts'

const API_VERSION = '2022-12-01'

interface Subscription {
  readonly displayName?: string
  readonly state?: string
}

/** Checks that the operator's sign-in sees the subscription of the entry. An account key says nothing about it. */
export function accountCheck(api: Pick<ManagementApi, 'get'> | undefined, subscriptionId: string): Check {
  return {
    name: 'account',
    adviceOnError: `Sign in to the subscription ${subscriptionId}: az login, then az account set --subscription.`,
    async run() {
      if (api === undefined) return hint('not checked, because an account key has no subscription')
      const found = await api.get<Subscription>(`/subscriptions/${subscriptionId}`, API_VERSION)
      if (found === undefined)
        return wrong(
          `Your sign-in does not see the subscription ${subscriptionId} of the entry: it belongs to another tenant or account.`,
          'Sign in with az login --tenant, or correct subscriptionId.',
        )
      if (found.state === 'Disabled')
        return wrong(`The subscription ${found.displayName} is disabled.`, 'Enable it in the portal of Azure.')
      return right(`${found.displayName} (${subscriptionId})`)
    },
  }
}
