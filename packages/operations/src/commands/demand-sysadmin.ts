import { createAuthorizer } from '@ckan-uplink/ckan'
import { UsageError } from '@ckan-uplink/cli'
import type { Work } from './context.ts'

/** Throws `UsageError` unless the operator's token is a sysadmin's: what CKAN hides from others would be taken for gone, or for refused. */
export async function demandSysadmin({ client, token }: Pick<Work, 'client' | 'token'>): Promise<void> {
  const caller = await createAuthorizer(client).whoami(token)
  if (caller?.sysadmin) return
  const whose = caller === undefined ? 'is not known to CKAN' : `is that of ${caller.name}, who is not a sysadmin`
  throw new UsageError(`Your CKAN token ${whose}: set CKAN_API_TOKEN to a sysadmin's, from whom CKAN hides nothing.`)
}
