import type { Dataset, RefusedError } from '@ckan-uplink/core'
import { type JsonObject, nextWriteSize } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '../deps.ts'
import type { KnownCaller } from '../http/caller.ts'
import { withoutOurs } from '../http/clean/rules.ts'
import { type FieldErrors, refusal, toFieldErrors } from '../http/validate.ts'
import { findPlaces, type Place, type WantedFile } from './dataset-files.ts'

/**
 * CKAN validates the whole dataset in each write. So few large writes cost less, but each has to end before CKAN's
 * time-out. After this first one, the pace of CKAN decides.
 */
const FIRST_RESOURCES = 250
const MAX_ROUNDS = 5

/** A file with the fields of its resource. */
export interface NewFile extends WantedFile {
  readonly fields: JsonObject
}

interface Request<F extends NewFile> {
  readonly caller: KnownCaller
  readonly dataset: Dataset
  readonly files: readonly F[]
  readonly isByName: boolean
  /** The id of the resource that this file has an upload for, from an earlier attempt of this request. */
  resourceBefore(file: F): Promise<string | undefined>
}

/**
 * Creates the missing resources in CKAN with the caller's own token, so the write itself asks for the permission. CKAN
 * writes only if the dataset has the resources that were read. Otherwise another round begins. A resource that a person
 * removes is not created again. Throws `RefusedError` if the dataset changes in each round.
 */
export async function createMissing<F extends NewFile>(
  { authorizer, clock }: GatewayDeps,
  { caller, files, isByName, resourceBefore, ...first }: Request<F>,
): Promise<{ readonly places: ReadonlyMap<F, Place>; readonly hasWritten: boolean }> {
  const settled = new Map<F, Place>()
  const created = new Set<F>()
  const knownId = async (file: F, round: number): Promise<string | undefined> =>
    created.has(file) ? file.newId : round === 0 ? resourceBefore(file) : undefined
  let { dataset } = first
  for (let round = 0; round <= MAX_ROUNDS; round += 1) {
    const places = findPlaces(dataset, files, isByName)
    const missing = files.filter((file) => places.get(file)?.kind === 'missing' && !settled.has(file))
    const known = await Promise.all(missing.map((file) => knownId(file, round)))
    for (const [index, file] of missing.entries()) {
      const id = known[index]
      if (id !== undefined) settled.set(file, findPlaceById(dataset, id))
    }
    const wanted = missing.filter((file) => !settled.has(file))
    if (wanted.length === 0) return { places: new Map([...places, ...settled]), hasWritten: created.size > 0 }
    if (round === MAX_ROUNDS) break
    const added = await addInChunks({ authorizer, clock }, caller.token, dataset, wanted)
    for (const file of added.created) created.add(file)
    for (const [file, error] of added.refused) settled.set(file, { kind: 'refused', error })
    dataset = await authorizer.showDataset(dataset.id, caller.token)
  }
  throw busyDataset(dataset)
}

/** For a dataset that others change meanwhile. */
export function busyDataset({ id }: Dataset): RefusedError {
  return refusal({ message: [`The dataset ${id} is busy: send the same request again`] })
}

/** A person may have renamed the resource, so its id decides. */
function findPlaceById({ resources }: Dataset, id: string): Place {
  const resource = resources.find((one) => one.id === id && one.state !== 'deleted')
  return resource === undefined ? { kind: 'refused', error: REMOVED } : { kind: 'existing', resource }
}

/** Ends early if the dataset has changed, because only another look shows the resources that are still missing. */
async function addInChunks<F extends NewFile>(
  { authorizer, clock }: Pick<GatewayDeps, 'authorizer' | 'clock'>,
  token: string,
  { id, resources }: Dataset,
  missing: readonly F[],
): Promise<{ readonly created: readonly F[]; readonly refused: readonly (readonly [F, FieldErrors])[] }> {
  const created: F[] = []
  const refused: (readonly [F, FieldErrors])[] = []
  let most = FIRST_RESOURCES
  for (let at = 0; at < missing.length; ) {
    const chunk = missing.slice(at, at + most)
    at += chunk.length
    const beganAt = clock.now().getTime()
    const known = [...resources.map((resource) => resource.id), ...created.map(({ newId }) => newId)]
    const addition = await authorizer.addResources(token, { id, known }, chunk.map(toResource))
    if (addition.kind === 'changed') break
    if (addition.kind === 'added') created.push(...chunk)
    else refused.push(...faultsOf(chunk, addition.faults))
    most = nextWriteSize(FIRST_RESOURCES, chunk.length, clock.now().getTime() - beganAt)
  }
  return { created, refused }
}

const REMOVED: FieldErrors = {
  resource: ['The resource was removed from the dataset after this request was sent'],
}

/**
 * The linker sets the facts of the file. Loaders fetch a resource as soon as it has a format, so the format waits for
 * the file.
 */
function toResource({ name, newId, fields }: NewFile): JsonObject {
  const { size, mimetype, hash, format, multipart, resource, package_id, ...own } = withoutOurs(fields)
  return { ...own, id: newId, name, url: '' }
}

function faultsOf<F>(
  files: readonly F[],
  faults: ReadonlyMap<number, JsonObject>,
): readonly (readonly [F, FieldErrors])[] {
  return files.flatMap((file, index) => {
    const errors = faults.get(index)
    return errors === undefined ? [] : [[file, toFieldErrors(errors)] as const]
  })
}
