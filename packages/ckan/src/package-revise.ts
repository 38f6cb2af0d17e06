import type { RefusedError, ResourceChange, Revision } from '@ckan-uplink/core'
import { isObject, type JsonObject } from '@ckan-uplink/core/support'
import { errorsOf, wordsOf } from './ckan-errors.ts'

/** All UUIDs have the same length, so no UUID is the beginning of another. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u

/**
 * The parameters of one `package_revise` that writes all changes, or none when a resource has changed since it was
 * read. Strings to match are encoded as JSON, because CKAN decodes strings that look like JSON (`"1"`, `"null"`). An id
 * that is not a UUID is matched as well, because CKAN chooses the first resource whose id *begins* with the given id.
 * See https://docs.ckan.org/en/latest/api/#ckan.logic.action.update.package_revise
 */
export function toRevision(datasetId: string, changes: readonly ResourceChange[]): JsonObject {
  const writes = changes.flatMap(({ resource: { id, url, lastModified }, fields }) => [
    ...(UUID.test(id) ? [] : [[`match__resources__${id}__id`, JSON.stringify(id)]]),
    [`match__resources__${id}__url`, JSON.stringify(url)],
    [`match__resources__${id}__last_modified`, lastModified === null ? null : JSON.stringify(lastModified)],
    [`update__resources__${id}`, fields],
  ])
  return { match: { id: datasetId }, ...Object.fromEntries(writes), include: '-*' }
}

/** Whether a resource has changed since it was read, or is not in the dataset. CKAN 2.9 wraps its message in a list. */
export function isConflict(error: RefusedError): boolean {
  const errors = errorsOf(error)
  const { message } = errors
  if (errors['__type'] === 'Integrity Error') return typeof message === 'string' && message.startsWith('Unmatched key')
  return [errors, ...(Array.isArray(message) ? message : [])].some((words) => unmatchedPaths(words).length > 0)
}

/** Whether CKAN chose another resource whose id begins with the given id. */
export function isMistaken(error: RefusedError): boolean {
  return unmatchedPaths(errorsOf(error)).some((path) => /^resources__\d+__id$/u.test(path))
}

/**
 * Translates the positions in CKAN's errors into ids. `order` holds the ids of the dataset's resources in CKAN's order.
 * In CKAN 2.12 the list of errors ends with the last faulty resource. When the positions are unclear, the refusal names
 * all changed resources.
 */
export function toRefusal(error: RefusedError, changes: readonly ResourceChange[], order: readonly string[]): Revision {
  const changed = changes.map(({ resource }) => resource.id)
  const { resources: list, ...elsewhere } = errorsOf(error)
  if (list === undefined) return { kind: 'refused', resourceIds: [], message: error.message }
  if (!Array.isArray(list) || list.length > order.length || !list.every(isObject))
    return { kind: 'refused', resourceIds: changed, message: error.message }
  const faults = new Map(
    list.flatMap((words, index) => (Object.keys(words).length > 0 ? [[order[index] ?? '', words] as const] : [])),
  )
  const named = Object.fromEntries([...faults].map(([id, words]) => [`resources[${id}]`, words]))
  return {
    kind: 'refused',
    resourceIds: changed.filter((id) => faults.has(id)),
    message: `CKAN refused package_revise: ${wordsOf({ ...named, ...elsewhere })}`,
  }
}

function unmatchedPaths(words: unknown): readonly string[] {
  if (!isObject(words)) return []
  const { match } = words
  const differing = Array.isArray(match)
    ? match.filter((path) => typeof path === 'string' && path.startsWith('resources__'))
    : []
  return [...differing, ...Object.keys(words).filter((key) => key.startsWith('resources__'))]
}
