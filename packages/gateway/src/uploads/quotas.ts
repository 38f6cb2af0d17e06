import { type Amount, hasQuotas, readQuota } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import { refusal } from '../http/validate.ts'

export interface Quotas {
  /** Throws `RefusedError` if the organization has no room for these files. Costs nothing without quotas. */
  require(organization: string | undefined, added: () => Amount): Promise<void>
}

/**
 * The limits are soft: requests at the same moment can pass together, and the files that CKAN shows are counted once a
 * day. A dataset without a known organization has no limit.
 */
export function createQuotas({ settings, store, clock }: Pick<GatewayDeps, 'settings' | 'store' | 'clock'>): Quotas {
  return {
    async require(organization, added) {
      if (!hasQuotas(settings) || organization === undefined) return
      const { limits, used, reserved } = await readQuota(store, settings, organization, clock.now())
      const more = added()
      const faults = (['bytes', 'files'] as const).flatMap((what) => {
        const most = limits[what]
        const present = used[what] + reserved[what]
        return most === undefined || more[what] === 0 || present + more[what] <= most
          ? []
          : [
              `The organization may have ${most} ${what} and has ${present}, open uploads included. This adds ${more[what]}.`,
            ]
      })
      if (faults.length > 0) throw refusal({ quota: [...faults, ADVICE] })
    },
  }
}

const ADVICE = 'Declare the sizes of files, remove files that are not needed, or ask the operator for a larger quota.'
