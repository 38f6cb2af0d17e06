import type { JsonObject } from '@ckan-uplink/core/support'

/** The gateway's members of a resource. */
export const OURS: readonly string[] = ['presigned_url', 'upload']
const RESOURCE_ACTION = /^resource_(?:create|update|patch)$/u
const DATASET_ACTION = /^package_(?:create|update|patch|revise)$/u
/** `resources`, and `package_revise`'s `update__resources`, `update__resources__extend`, `match__resources__<id>`. */
const RESOURCES_KEY = /^(?:(?:match|update)__)?resources(?:__|$)/u

/**
 * How to clean a JSON value. `resource` and `resources` can hold members of the gateway, a `dataset` holds resources,
 * and `revision` is the dataset below `update` or `match`. Other values stay unchanged.
 */
export type Kind = 'resource' | 'resources' | 'dataset' | 'revision' | 'other'

/** The kind of an action's body. `other`: the body holds no resources. */
export function kindOfBody(action: string): Kind {
  if (RESOURCE_ACTION.test(action)) return 'resource'
  return DATASET_ACTION.test(action) ? 'dataset' : 'other'
}

export function kindOfMember(kind: Kind, key: string): Kind {
  if (kind !== 'dataset' && kind !== 'revision') return 'other'
  if (RESOURCES_KEY.test(key)) return 'resources'
  return kind === 'dataset' && (key === 'update' || key === 'match') ? 'revision' : 'other'
}

/** Whether this member is the gateway's: `upload`, or flattened `update__resources__<id>__presigned_url`. */
export function isOurMember(kind: Kind, key: string): boolean {
  if (kind === 'resource') return OURS.includes(key)
  return RESOURCES_KEY.test(key) && OURS.some((name) => key.endsWith(`__${name}`))
}

/** The same for a field of a form. In forms, `upload` is a file for CKAN. */
export function isOurField(kind: Kind, name: string): boolean {
  return kind === 'resource'
    ? name === 'presigned_url'
    : kind === 'dataset' && RESOURCES_KEY.test(name) && name.endsWith('__presigned_url')
}

/** Whether a name of this length can be the gateway's. */
export function mayBeOurs(length: number): boolean {
  return OURS.some((name) => name.length === length)
}

/** A resource without the gateway's members: CKAN must not store a live URL. */
export function withoutOurs(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !OURS.includes(key)))
}
