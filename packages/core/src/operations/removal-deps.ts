import { messageOf } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import type { DatasetLister } from '../ports/index.ts'
import { once } from '../support/once.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { findReferences, type References } from './find-references.ts'
import { createKeptVersions, type IsKeptVersion } from './kept-versions.ts'

/** The dependencies of a removal, which asks CKAN first. */
export interface RemovalDeps extends LinkDeps {
  readonly lister: DatasetLister
  readonly isKeptVersion: IsKeptVersion
  /**
   * All URLs in CKAN that point to another resource's file; read once. `undefined` when CKAN cannot list all datasets.
   */
  readonly findAllReferences: () => Promise<{ readonly askedAt: Date; readonly all: References } | undefined>
}

export function createRemovalDeps(deps: LinkDeps, lister: DatasetLister): RemovalDeps {
  return {
    ...deps,
    lister,
    isKeptVersion: createKeptVersions(deps),
    findAllReferences: once(() => findAllReferences(deps, lister)),
  }
}

async function findAllReferences(
  { settings, clock, logger }: LinkDeps,
  lister: DatasetLister,
): ReturnType<RemovalDeps['findAllReferences']> {
  const askedAt = clock.now()
  try {
    return { askedAt, all: await findReferences({ settings, lister }) }
  } catch (error) {
    logger.log('warn', 'files_left', { reason: messageOf(error) })
    return undefined
  }
}

/** Whether another resource points to the object now. True when CKAN cannot answer. */
export async function isReferencedElsewhere(removal: RemovalDeps, upload: UploadKey): Promise<boolean> {
  const asked = await removal.findAllReferences()
  return (
    asked === undefined ||
    asked.all.isReferencedElsewhere(upload) ||
    (await findReferences(removal, asked.askedAt)).isReferencedElsewhere(upload)
  )
}
