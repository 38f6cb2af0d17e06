import { type ImageOwner, NotAllowedError, NotFoundError, RefusedError, type Resource } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import type { CkanClient } from './ckan-client.ts'
import { errorsOf } from './ckan-errors.ts'
import { isConflict } from './package-revise.ts'

/**
 * A write that CKAN can never carry out. CKAN asks for the permission before it validates, so the answer tells whether the caller may
 * write: 403 or a refusal of these values. Nothing else is a proof: permissions that usually go together differ on some sites.
 */
export interface ImpossibleWrite {
  readonly action: string
  readonly params: JsonObject
  /** Whether CKAN refuses the values, which it looks at only after it has found that the caller may write. */
  provesPermission(refusal: RefusedError): boolean
}

/** Whether CKAN would let the caller write. Throws what CKAN says when that tells neither. */
export async function mayWrite(client: CkanClient, token: string, write: ImpossibleWrite): Promise<boolean> {
  try {
    await client.call(write.action, write.params, token, { retry: true })
    return false
  } catch (thrown) {
    if (thrown instanceof NotAllowedError) return false
    if (thrown instanceof RefusedError && write.provesPermission(thrown)) return true
    throw thrown
  }
}

/**
 * An update of the resource that no validation lets through. A resource that is not in the dataset is refused before the permission is
 * looked at, which is a `NotFoundError`.
 */
export function impossibleRevision({ id, datasetId }: Pick<Resource, 'id' | 'datasetId'>): ImpossibleWrite {
  return {
    action: 'package_revise',
    params: {
      match: { id: datasetId },
      [`update__resources__${id}`]: { size: 'probe', last_modified: 'probe' },
      include: '-*',
    },
    provesPermission(refusal) {
      if (isConflict(refusal))
        throw new NotFoundError(`The resource ${id} is not in the dataset ${datasetId} (any more).`, { cause: refusal })
      const { resources } = errorsOf(refusal)
      return Array.isArray(resources) && resources.some((words) => isObject(words) && 'size' in words)
    },
  }
}

/** Nobody can change the type of an organization or group, or call a user `!`. CKAN says so since 2.10, after the permission check. */
export function impossiblePatch({ type, id }: Pick<ImageOwner, 'type' | 'id'>): ImpossibleWrite {
  const isUser = type === 'user'
  return {
    action: `${type}_patch`,
    params: isUser ? { id, name: '!', email: '!' } : { id, type: '__probe__' },
    provesPermission(refusal) {
      const errors = errorsOf(refusal)
      return isUser ? 'name' in errors : errors['__type'] === 'Validation Error'
    },
  }
}
