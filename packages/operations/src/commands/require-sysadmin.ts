import { createAuthorizer } from '@ckan-uplink/ckan'
import { UsageError } from '@ckan-uplink/cli'
import type { CommandContext } from './command-context.ts'

/**
 * Throws `UsageError` unless the token belongs to a sysadmin. CKAN hides private datasets from other users, so the
 * commands would treat the files of those datasets as orphans.
 */
export async function requireSysadmin({ client, token }: Pick<CommandContext, 'client' | 'token'>): Promise<void> {
  const caller = await createAuthorizer(client).whoami(token)
  if (caller?.sysadmin) return
  const fault = caller === undefined ? 'is not known to CKAN' : `belongs to ${caller.name}, who is not a sysadmin`
  throw new UsageError(
    `Your CKAN token ${fault}. Set CKAN_API_TOKEN to the token of a sysadmin, because CKAN hides datasets from other users.`,
  )
}
