import type { Dataset, RefusedError, Resource } from '@ckan-uplink/core'
import { whyUnaddressable } from '@ckan-uplink/core/uploads'
import { errorOf, type FieldErrors, refusal } from '../http/validate.ts'
import { checkHoldsFile } from './file-checks.ts'

/** A file of a request for many uploads, as far as it decides on the resource. */
export interface WantedFile {
  /** The name of the resource. */
  readonly name: string
  /** The id of an existing resource. */
  readonly resource?: string | undefined
  /** The id of the new resource, if the file needs one. */
  readonly newId: string
}

/** The resource for one file: it exists, it is missing, or the file cannot have one. */
export type Place =
  | { readonly kind: 'existing'; readonly resource: Resource }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly error: FieldErrors }

/**
 * Finds the resource of each file in the dataset. A resource that an earlier attempt of the same request created is
 * found by its id, even if a person has renamed it. `isByName` also looks for resources with the name of the file.
 */
export function findPlaces<F extends WantedFile>(
  dataset: Dataset,
  files: readonly F[],
  isByName: boolean,
): ReadonlyMap<F, Place> {
  const live = dataset.resources.filter(({ state }) => state !== 'deleted')
  const byId = new Map(live.map((resource) => [resource.id, resource]))
  const byName = Map.groupBy(live, ({ name }) => sameForm(name ?? ''))
  const taken = new Set<string>()

  function find({ name, resource: id, newId }: WantedFile): Place {
    if (id !== undefined) return existing(byId.get(id) ?? missingResource())
    const created = byId.get(newId)
    if (created !== undefined) return existing(created)
    const [resource, another] = isByName ? (byName.get(sameForm(name)) ?? []) : []
    if (another !== undefined) throw ambiguous(byName.get(sameForm(name)) ?? [])
    return resource === undefined ? { kind: 'missing' } : existing(resource)
  }

  function take(file: WantedFile, place: Place): void {
    const isFresh = place.kind === 'missing'
    if (place.kind === 'existing') checkHoldsFile(place.resource, file.resource === undefined ? 'name' : 'resource')
    const id = place.kind === 'existing' ? place.resource.id : file.newId
    const unaddressable = whyUnaddressable(id)
    if (unaddressable !== undefined) throw refusal({ resource: [unaddressable] })
    const claim = isFresh && isByName ? `name ${sameForm(file.name)}` : `id ${id}`
    if (taken.has(claim)) throw refusal({ name: ['Another file of this request is for the same resource'] })
    taken.add(claim)
  }

  function placeOf(file: F): Place {
    try {
      const place = find(file)
      take(file, place)
      return place
    } catch (thrown) {
      return { kind: 'refused', error: errorOf(thrown) }
    }
  }

  return new Map(files.map((file) => [file, placeOf(file)]))
}

/** macOS sends accents as characters of their own. */
function sameForm(name: string): string {
  return name.normalize('NFC')
}

function existing(resource: Resource): Place {
  return { kind: 'existing', resource }
}

function missingResource(): never {
  throw refusal({ resource: ['The dataset has no such resource'] })
}

function ambiguous(resources: readonly Resource[]): RefusedError {
  const ids = resources.map(({ id }) => id).join(', ')
  return refusal({ name: [`Several resources have this name, so give one of them as resource: ${ids}`] })
}
