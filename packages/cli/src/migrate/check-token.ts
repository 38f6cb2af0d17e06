import { NotAllowedError, NotFoundError } from '@ckan-uplink/client'
import { UsageError } from '../usage-error.ts'
import type { Work } from '../work.ts'

interface Caller {
  readonly name: string
  readonly sysadmin?: boolean
}

/**
 * CKAN 2.10 treats an unknown token like no token, and CKAN hides private datasets from most users. So a plan would
 * leave out files without a word.
 */
export async function checkToken({ uplink, signal }: Work): Promise<void> {
  const caller = await uplink.action<Caller>('user_show', {}, { signal }).catch((thrown: unknown) => {
    if (thrown instanceof NotAllowedError || thrown instanceof NotFoundError) throw new UsageError(UNKNOWN)
    throw thrown
  })
  if (caller.sysadmin !== true)
    console.error(`The token belongs to ${caller.name}, who is not a sysadmin: datasets that CKAN hides are left out.`)
}

const UNKNOWN = 'CKAN does not know this token: set CKAN_API_TOKEN to the token of a sysadmin.'
