import { type Authorizer, NotAllowedError } from '@ckan-uplink/core'
import { type KnownCaller, requireCaller } from '../http/caller.ts'
import { noteRequest } from '../http/request-notes.ts'

/** Throws `NotAllowedError` unless CKAN lets the caller create datasets somewhere: an account alone is not enough. */
export async function requireWriter(authorizer: Authorizer, request: Request): Promise<KnownCaller> {
  const caller = await requireCaller(authorizer, request.headers)
  noteRequest(request, { by: caller.name })
  if (caller.sysadmin || (await authorizer.mayCreateDatasets(caller.token))) return caller
  throw new NotAllowedError(
    `User ${caller.name} may not create datasets in any organization, so this user may not store files here.`,
  )
}
