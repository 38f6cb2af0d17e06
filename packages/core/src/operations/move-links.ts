import type { Dataset, Resource } from '../ports/index.ts'
import { buildImageKey, type ImageKey, imageUrl, parseImageKey, parseImageUrl } from '../uploads/image-keys.ts'
import { buildKey, IMAGE_PREFIX } from '../uploads/keys.ts'
import { linkedUrl, parseLinkedUrl, withAddress } from '../uploads/linked-url.ts'
import type { OperationDeps } from './operation-deps.ts'

/** A link with a former address, and what became of it. */
export interface MovedLink {
  readonly kind: 'moved' | 'not_moved'
  readonly entity: { readonly type: string; readonly id: string; readonly dataset_id?: string }
  readonly from: string
  readonly to: string
  /** Why the link stays as it is. */
  readonly reason?: string
}

interface Move {
  readonly resource: Resource
  readonly key: string
  readonly to: string
}

/** How often another writer may change a dataset between the read and the write. */
const MAX_ROUNDS = 5
const GONE = 'The bucket does not have the file. Is this the bucket of the former address?'
const LOST_RACES = `The dataset changed ${MAX_ROUNDS} times during the run. Run the command again.`

/**
 * Gives the links that begin with the address `from` the present address: links of files, also in copies of a dataset,
 * and of images. It writes only the URL, one `package_revise` per dataset, and only if CKAN still shows the URL that it
 * read. A link whose file is not in the bucket stays. Throws `NotAllowedError` unless the token belongs to a sysadmin.
 */
export async function* moveLinks(
  deps: OperationDeps,
  { from, dataset }: { readonly from: string; readonly dataset?: string },
): AsyncGenerator<MovedLink> {
  if (dataset !== undefined) return yield* moveDataset(deps, from, dataset)
  for await (const listed of deps.lister.datasets({ complete: true }))
    if (movesIn(deps, from, listed).length > 0) yield* moveDataset(deps, from, listed.id)
  yield* moveImages(deps, from)
}

async function* moveDataset(deps: OperationDeps, from: string, id: string): AsyncGenerator<MovedLink> {
  const settled = new Set<string>()
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const moves = await readMoves(deps, from, id, settled)
    if (moves.length === 0) return
    for (const link of await moveAll(deps, id, moves)) {
      settled.add(link.entity.id)
      yield link
    }
  }
  for (const move of await readMoves(deps, from, id, settled)) yield notMoved(move, LOST_RACES)
}

async function readMoves(
  deps: OperationDeps,
  from: string,
  id: string,
  settled: ReadonlySet<string>,
): Promise<readonly Move[]> {
  const dataset = await deps.catalog.readDataset(id)
  if (dataset === undefined || dataset.state === 'deleted') return []
  return movesIn(deps, from, dataset).filter(({ resource }) => !settled.has(resource.id))
}

/** The links that are settled. The next round tries the others. */
async function moveAll({ store, catalog }: OperationDeps, id: string, moves: readonly Move[]): Promise<MovedLink[]> {
  const gone: Move[] = []
  for (const move of moves) if (!(await store.head(move.key))) gone.push(move)
  if (gone.length > 0) return gone.map((move) => notMoved(move, GONE))
  const revision = await catalog.revise(
    id,
    moves.map(({ resource, to }) => ({ resource, fields: { url: to } })),
  )
  if (revision.kind === 'conflict') return []
  if (revision.kind === 'written') return moves.map((move) => ({ kind: 'moved', ...linkOf(move) }))
  const { resourceIds, message } = revision
  const refused = moves.filter(({ resource }) => resourceIds.includes(resource.id))
  return (refused.length > 0 ? refused : moves).map((move) => notMoved(move, message))
}

function movesIn({ settings }: OperationDeps, from: string, { resources }: Dataset): readonly Move[] {
  return resources.flatMap((resource) => {
    const parsed = parseLinkedUrl(withAddress(settings, from), resource.url)
    if (parsed === undefined) return []
    const { fileName = resource.id, ...rest } = parsed
    const to = linkedUrl(settings, { ...rest, fileName }, parsed.version)
    return [{ resource, to, key: buildKey(settings.keyPrefix, parsed) }]
  })
}

function linkOf({ resource: { id, datasetId, url }, to }: Move): Pick<MovedLink, 'entity' | 'from' | 'to'> {
  return { entity: { type: 'resource', id, dataset_id: datasetId }, from: url, to }
}

function notMoved(move: Move, reason: string): MovedLink {
  return { kind: 'not_moved', ...linkOf(move), reason }
}

/** CKAN has no list of all images. The bucket names the owners of all images that it holds. */
async function* moveImages(deps: OperationDeps, from: string): AsyncGenerator<MovedLink> {
  let last = ''
  for await (const { key } of deps.store.list(IMAGE_PREFIX)) {
    const parsed = parseImageKey(key)
    if (parsed?.kind !== 'image' || `${parsed.ownerType}/${parsed.ownerId}` === last) continue
    last = `${parsed.ownerType}/${parsed.ownerId}`
    yield* moveImage(deps, from, parsed)
  }
}

async function* moveImage(
  { settings, catalog, store }: OperationDeps,
  from: string,
  { ownerType: type, ownerId: id }: ImageKey,
): AsyncGenerator<MovedLink> {
  const owner = await catalog.readImageOwner(type, id)
  const shown = owner && parseImageUrl({ gatewayUrl: from }, owner.imageUrl)
  if (owner === undefined || shown === undefined || owner.state === 'deleted') return
  const link = { entity: { type, id }, from: owner.imageUrl, to: imageUrl(settings, shown, shown.version) }
  if (!(await store.head(buildImageKey(shown)))) return yield { kind: 'not_moved', ...link, reason: GONE }
  await catalog.setImage(owner, link.to)
  yield { kind: 'moved', ...link }
}
