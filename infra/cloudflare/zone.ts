import { ConfigurationError } from '@ckan-uplink/core'
import * as cloudflare from '@pulumi/cloudflare'
import type { CloudflareEnvironment } from './entry.ts'

/** The id of the environment's zone, if it has one. Throws `ConfigurationError` if the account does not have it. */
export async function findZone({ zone, accountId }: CloudflareEnvironment): Promise<string | undefined> {
  if (zone === undefined) return undefined
  try {
    return (await cloudflare.getZone({ filter: { name: zone, account: { id: accountId } } })).id
  } catch (cause) {
    const advice = 'add the domain to it, correct the entry, or give CLOUDFLARE_API_TOKEN the right Zone Read'
    throw new ConfigurationError([
      `The zone ${zone} was not found in the account ${accountId}: ${advice}. Cloudflare said: ${firstLine(cause)}`,
    ])
  }
}

function firstLine(thrown: unknown): string {
  return (
    String(thrown instanceof Error ? thrown.message : thrown)
      .trim()
      .split('\n', 1)[0] ?? ''
  )
}
