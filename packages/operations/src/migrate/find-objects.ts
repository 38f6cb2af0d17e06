import { isTable, PRIVATE_TABLE, type ShownDataset, type ShownResource, toBytes } from '@ckan-uplink/cli/migrate'
import { NotAllowedError, NotFoundError, RefusedError, type StoredObject } from '@ckan-uplink/core'
import { createLimiter } from '@ckan-uplink/core/support'
import type { Place } from './layouts.ts'
import type { Move } from './move.ts'

/** A file of the former bucket that can move. */
export interface FoundObject extends Place {
  readonly resource: ShownResource
  readonly object: StoredObject
}

export interface LeftOut {
  readonly resource: ShownResource
  readonly reason: string
}

const HEADS_AT_ONCE = 16

/** Finds the objects of a dataset's resources by their keys. */
export async function findObjects(
  dataset: ShownDataset,
  move: Pick<Move, 'layout' | 'path' | 'sites' | 'storage' | 'source' | 'includePrivate' | 'work'>,
): Promise<{ readonly found: readonly FoundObject[]; readonly leftOut: readonly LeftOut[] }> {
  const limit = createLimiter(HEADS_AT_ONCE)
  const looks = dataset.resources.map((resource) => limit(() => look(dataset, resource, move)))
  const seen = (await Promise.all(looks)).filter((look) => look !== undefined)
  return {
    found: seen.flatMap((look) => ('object' in look ? [look] : [])),
    leftOut: seen.flatMap((look) => ('reason' in look ? [look] : [])),
  }
}

async function look(
  dataset: ShownDataset,
  resource: ShownResource,
  { layout, source, includePrivate, ...tools }: Parameters<typeof findObjects>[1],
): Promise<FoundObject | LeftOut | undefined> {
  const place = await layout(resource, tools).catch(toReason)
  if (place === undefined) return undefined
  if ('reason' in place) return { resource, ...place }
  if (dataset.private === true && isTable(resource) && !includePrivate) return { resource, reason: PRIVATE_TABLE }
  const object = await source.store.head(place.key)
  if (object === undefined) return { resource, reason: `The bucket ${source.name} has no object ${place.key}.` }
  const size = place.size ?? toBytes(resource.size)
  if (size !== undefined && size !== object.size)
    return { resource, reason: `CKAN says that it has ${size} bytes, but the object has ${object.size}.` }
  return { resource, ...place, object }
}

/** One file that CKAN does not show must not stop the others. */
function toReason(error: unknown): { readonly reason: string } {
  if (error instanceof NotFoundError || error instanceof NotAllowedError || error instanceof RefusedError)
    return { reason: error.message }
  throw error
}
