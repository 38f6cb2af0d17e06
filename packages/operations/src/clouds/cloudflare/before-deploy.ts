import type { CkanClient } from '@ckan-uplink/ckan'
import { type Check, right, wrong } from '../../doctor/check.ts'
import { type StoredToken, tokenCheck } from '../token-check.ts'
import { accountCheck } from './account-check.ts'
import { type CloudflareApi, createCloudflareApi } from './api.ts'
import { type CloudflareNeeds, nameChecks } from './name-checks.ts'

/** What a deployment to Cloudflare needs. */
export interface CloudflarePlan extends CloudflareNeeds {
  readonly environment: string
  readonly accountId: string
  /** The domain of the gateway's host. Absent on workers.dev. */
  readonly zone?: string
  readonly secret: string
  /** Reads the secret from the stack's configuration. */
  readSecret(): Promise<string | undefined>
}

interface Access {
  readonly apiUrl: string
  readonly token: string
}

/** Checks what Cloudflare would refuse only in the middle of a deployment. */
export function cloudflareBeforeDeploy(plan: CloudflarePlan, access: Access, client: CkanClient): readonly Check[] {
  const { environment, accountId, zone, secret, readSecret } = plan
  const api = createCloudflareApi({ ...access, accountId })
  const read = async (): Promise<StoredToken> => {
    const token = await readSecret()
    return token === undefined ? { state: 'missing' } : { state: 'stored', token }
  }
  return [
    accountCheck(api, accountId),
    tokenCheck({ client, environment, secret, read }),
    ...nameChecks(plan, api),
    ...(zone === undefined ? [] : [zoneCheck(api, zone)]),
  ]
}

function zoneCheck(api: CloudflareApi, zone: string): Check {
  return {
    name: 'zone',
    adviceOnError: 'Give the token Zone Read for this zone.',
    async run() {
      const [found] = await api.zones<{ readonly status?: string }>(zone)
      if (found?.status === 'active') return right(`${zone} is active`)
      if (found !== undefined)
        return wrong(`The zone ${zone} is ${found.status}.`, "Set the domain's name servers to those of Cloudflare.")
      return wrong(
        `The token sees no zone ${zone}.`,
        'Add the domain to the account, and give the token Zone Read for it.',
      )
    },
  }
}
