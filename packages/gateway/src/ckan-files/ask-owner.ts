import { type FileOwner, NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import * as v from 'valibot'
import type { ActionContext } from '../actions/define-action.ts'
import { badRequest } from '../http/body.ts'
import type { KnownCaller } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { NO_FILES } from './find-files-api.ts'

const allowed = v.object({
  allowed: v.literal(true),
  owner_type: v.string(),
  owner_id: v.string(),
  owner_org: v.optional(v.nullable(v.string())),
})
const refused = v.object({
  allowed: v.literal(false),
  /** `user`: CKAN lets the user create no file. `owner`: not for this owner. `place`: there is no such owner. */
  reason: v.picklist(['user', 'owner', 'place', 'files']),
})
const answer = v.variant('allowed', [allowed, refused])

/** The owner as the caller names it; by default the caller. */
export interface AskedOwner {
  readonly owner_type?: string | undefined
  readonly owner_id?: string | undefined
}

interface PermittedOwner {
  readonly owner: FileOwner
  /** The organization whose quota counts the file. */
  readonly organization?: string
}

/**
 * The owner of a new file, by ids. CKAN's plugin asks CKAN's own rule for `file_create`, and the rule for transfers if
 * the owner is not the caller. Throws unless CKAN allows both.
 */
export async function requireOwner(
  { settings, postCheck }: Pick<ActionContext, 'settings' | 'postCheck'>,
  caller: KnownCaller,
  { owner_type, owner_id }: AskedOwner,
): Promise<PermittedOwner> {
  const { filesStorage: storage } = settings
  const { isOk, body, fault } = await postCheck('check-file', { sub: caller.id, storage, owner_type, owner_id })
  const said = v.safeParse(answer, body)
  if (!isOk || !said.success) throw withoutPlugin(fault)
  if (said.output.allowed) {
    const { owner_type: type, owner_id: id, owner_org } = said.output
    return { owner: { type, id, pinned: false }, ...(owner_org && { organization: owner_org }) }
  }
  switch (said.output.reason) {
    case 'user':
      throw new NotAllowedError(`CKAN does not let user ${caller.name} create files in the storage ${storage}.`)
    case 'owner':
      throw new NotAllowedError(`CKAN does not let user ${caller.name} give files to this ${owner_type}.`)
    case 'place':
      throw new NotFoundError(`CKAN has no such ${owner_type ?? 'user'}.`)
    case 'files':
      throw badRequest(NO_FILES)
  }
}

function withoutPlugin(fault: string) {
  const remedy = 'send the bytes, which go through CKAN, or install the present plugin for CKAN with its secret'
  return refusal({
    upload: [`Missing value: ${remedy}. ${fault}. A file of a resource needs neither: use files_resource_upload`],
  })
}
