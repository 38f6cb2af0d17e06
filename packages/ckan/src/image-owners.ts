import { type ImageOwner, RefusedError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import type { ImageOwnerType } from '@ckan-uplink/core/uploads'
import { errorsOf } from './ckan-errors.ts'
import { misshapen } from './datasets.ts'

/** The parameters of `…_show` for an owner without its members, followers and datasets, which can be thousands. */
export function ownerQuery(type: ImageOwnerType, idOrName: string): JsonObject {
  const lean = {
    include_users: false,
    include_groups: false,
    include_tags: false,
    include_followers: false,
    include_dataset_count: false,
  }
  return { id: idOrName, ...(type !== 'user' && lean) }
}

/** Reads the owner of an image in the answer of `organization_show`, `group_show` or `user_show`. */
export function toImageOwner(type: ImageOwnerType, shown: unknown): ImageOwner {
  if (!isObject(shown) || typeof shown['id'] !== 'string') {
    throw misshapen(`${type}_show`)
  }
  const { id, state, image_url: imageUrl } = shown
  return {
    type,
    id,
    state: typeof state === 'string' ? state : 'active',
    imageUrl: typeof imageUrl === 'string' ? imageUrl : '',
  }
}

/**
 * Whether CKAN refused the patch because of the owner's own extras. CKAN 2.11.0 to 2.11.5 do so unless the patch
 * contains the extras or the token belongs to a sysadmin.
 * https://github.com/ckan/ckan/issues/9380
 */
export function stumblesOverExtras(thrown: unknown): boolean {
  return thrown instanceof RefusedError && 'extras' in errorsOf(thrown)
}

/** The owner's extras in the form that a patch needs. */
export function extrasOf(shown: unknown): readonly JsonObject[] {
  const extras = isObject(shown) ? shown['extras'] : undefined
  return Array.isArray(extras) ? extras.filter(isObject).map(({ key, value }) => ({ key, value })) : []
}
