import { type ImageOwner, RefusedError, UnavailableError } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import type { ImageOwnerType } from '@ckan-uplink/core/uploads'
import { errorsOf } from './ckan-errors.ts'

/** What `…_show` is asked for: the owner without its members, followers and datasets, which can be thousands. */
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

/** An owner of an image as `organization_show`, `group_show` or `user_show` answers it. */
export function toImageOwner(type: ImageOwnerType, shown: unknown): ImageOwner {
  if (!isObject(shown) || typeof shown['id'] !== 'string') {
    throw new UnavailableError(
      `CKAN's answer to ${type}_show lacks what every CKAN gives: check that CKAN_URL is a CKAN and what its plugins change.`,
    )
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
 * Whether CKAN stumbled over the owner's own extras: 2.11.0 to 2.11.5 do, unless they are sent along or a sysadmin asks.
 * https://github.com/ckan/ckan/issues/9380
 */
export function stumblesOverExtras(thrown: unknown): boolean {
  return thrown instanceof RefusedError && 'extras' in errorsOf(thrown)
}

/** The owner's extras as a patch takes them. */
export function extrasOf(shown: unknown): readonly JsonObject[] {
  const extras = isObject(shown) ? shown['extras'] : undefined
  return Array.isArray(extras) ? extras.filter(isObject).map(({ key, value }) => ({ key, value })) : []
}
