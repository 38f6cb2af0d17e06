import { type ImageOwner, NotAllowedError, NotFoundError, RefusedError, type Resource } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import type { CkanClient } from './ckan-client.ts'
import { errorsOf } from './ckan-errors.ts'
import { isConflict } from './package-revise.ts'

/**
 * A write that CKAN can never carry out. CKAN checks the permission before it validates the values. So a 403 means that
 * the caller may not write, and a refusal of these values means that the caller may. Nothing else proves it, because on
 * some sites related permissions differ.
 */
export interface ImpossibleWrite {
  readonly action: string
  readonly params: JsonObject
  /** Whether CKAN refused the values, which it validates only after the permission check. */
  provesPermission(refusal: RefusedError): boolean
}

/** Whether CKAN would let the caller write. Throws CKAN's error when it proves neither. */
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
 * An update of the resource that every validation refuses. When the resource is not in the dataset, CKAN refuses the
 * update before the permission check; `provesPermission` then throws `NotFoundError`.
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
        throw new NotFoundError(`The resource ${id} is not in the dataset ${datasetId}.`, { cause: refusal })
      const { resources } = errorsOf(refusal)
      return Array.isArray(resources) && resources.some((words) => isObject(words) && 'size' in words)
    },
  }
}

/**
 * No user can change the type of an organization or group, or name a user `!`. CKAN refuses both since 2.10, after the
 * permission check.
 */
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
