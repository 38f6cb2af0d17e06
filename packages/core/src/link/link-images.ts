import { UnavailableError } from '../errors.ts'
import { createLimiter } from '../support/limiter.ts'
import { type ImageKey, imagePrefixOf } from '../uploads/image-keys.ts'
import { type ImageLinker, type ImageRun, linkImageRound } from './link-image-round.ts'
import { type Result, resultOfError } from './result.ts'
import type { Upload } from './upload.ts'

type ImageUpload = Upload<ImageKey>

/** After so many rounds the messages wait, because other writers are busy with this image. */
const ROUNDS = 5

/** Links images, owner by owner. Returns a result for every upload; never throws. */
export async function linkImages(
  linker: ImageLinker,
  uploads: readonly ImageUpload[],
): Promise<ReadonlyMap<ImageUpload, Result>> {
  const limitOwners = createLimiter(2 * linker.settings.ckanConcurrency)
  const groups = Map.groupBy(uploads, ({ parsed }) => imagePrefixOf(parsed)).values()
  const results = await Promise.all([...groups].map((group) => limitOwners(() => linkOwner(linker, group))))
  return new Map(results.flatMap((part) => [...part]))
}

async function linkOwner(
  linker: ImageLinker,
  uploads: readonly ImageUpload[],
): Promise<ReadonlyMap<ImageUpload, Result>> {
  const [first] = uploads
  if (first === undefined) return new Map()
  const { ownerType, ownerId } = first.parsed
  const run: ImageRun = {
    linker,
    ownerType,
    ownerId,
    uploads: new Map(uploads.map((upload) => [upload.key, upload])),
    results: new Map(),
    attempted: new Set(),
  }
  const cause = await settle(run)
  const resultOf = (upload: ImageUpload) => run.results.get(run.uploads.get(upload.key) ?? upload)
  return new Map(uploads.map((upload) => [upload, resultOf(upload) ?? resultOfError(cause)]))
}

/** Returns the error when some uploads are left without a result. */
async function settle(run: ImageRun): Promise<unknown> {
  let cause: unknown = new UnavailableError(
    `The image of ${run.ownerType} ${run.ownerId} was changed by others ${ROUNDS} times while it was being linked.`,
  )
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      const { isSettled, unknown } = await linkImageRound(run)
      if (isSettled) return undefined
      cause = unknown ?? cause
    } catch (error) {
      return error
    }
  }
  return cause
}
