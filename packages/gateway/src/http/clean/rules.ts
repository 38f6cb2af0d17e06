import type { Fields } from '../read-fields.ts'

const OURS: readonly string[] = ['presigned_url', 'upload']
const RESOURCE_ACTION = /^resource_(?:create|update|patch)$/u
const DATASET_ACTION = /^package_(?:create|update|patch|revise)$/u
/** `resources`, and `package_revise`'s `update__resources`, `update__resources__extend`, `match__resources__<id>`. */
const RESOURCES_KEY = /^(?:(?:match|update)__)?resources(?:__|$)/u

/**
 * How a JSON value is cleaned: `resource` and `resources` hold members that the gateway has added, a `dataset` holds resources, and
 * `revision` is the dataset below `update` or `match`. All else stays as it is.
 */
export type Kind = 'resource' | 'resources' | 'dataset' | 'revision' | 'other'

/** What the body of an action is; `other` for actions whose bodies hold no resources. */
export function kindOfBody(action: string): Kind {
  if (RESOURCE_ACTION.test(action)) return 'resource'
  return DATASET_ACTION.test(action) ? 'dataset' : 'other'
}

export function kindOfMember(kind: Kind, key: string): Kind {
  if (kind !== 'dataset' && kind !== 'revision') return 'other'
  if (RESOURCES_KEY.test(key)) return 'resources'
  return kind === 'dataset' && (key === 'update' || key === 'match') ? 'revision' : 'other'
}

/** Whether the gateway has added this member: `upload`, or flattened `update__resources__<id>__presigned_url`. */
export function isOurMember(kind: Kind, key: string): boolean {
  if (kind === 'resource') return OURS.includes(key)
  return RESOURCES_KEY.test(key) && OURS.some((name) => key.endsWith(`__${name}`))
}

/** The same for the name of a form's field. In forms `upload` is the file, for CKAN to take. */
export function isOurField(kind: Kind, name: string): boolean {
  return kind === 'resource'
    ? name === 'presigned_url'
    : kind === 'dataset' && RESOURCES_KEY.test(name) && name.endsWith('__presigned_url')
}

/** Whether the name of a resource's member can be the gateway's, by its length. */
export function mayBeOurs(length: number): boolean {
  return OURS.some((name) => name.length === length)
}

/** A resource without the members that the gateway has added: a live URL must not be stored in CKAN. */
export function withoutOurs(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !OURS.includes(key)))
}
