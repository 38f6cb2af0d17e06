import { messageOf } from '../errors.ts'
import type { LinkDeps } from '../link/link.ts'
import type { DatasetLister } from '../ports/index.ts'
import { once } from '../support/once.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import { askWhoPoints, type Pointers } from './who-points.ts'

/** What a removal asks before it removes anything. */
export interface Asker extends LinkDeps {
  readonly lister: DatasetLister
  /** Who points to what isn't their own, in all of CKAN; asked once. `undefined`: CKAN hides some of it. */
  readonly askAll: () => Promise<{ readonly askedAt: Date; readonly all: Pointers } | undefined>
}

export function createAsker(deps: LinkDeps, lister: DatasetLister): Asker {
  return { ...deps, lister, askAll: once(() => askAll(deps, lister)) }
}

async function askAll({ settings, clock, logger }: LinkDeps, lister: DatasetLister): ReturnType<Asker['askAll']> {
  const askedAt = clock.now()
  try {
    return { askedAt, all: await askWhoPoints({ settings, lister }) }
  } catch (error) {
    logger.log('warn', 'files_left', { reason: messageOf(error) })
    return undefined
  }
}

/** Whether another resource points to the object, now; where CKAN can't say so, it is taken for granted. */
export async function isForeign(asker: Asker, upload: UploadKey): Promise<boolean> {
  const asked = await asker.askAll()
  return (
    asked === undefined || asked.all.isForeign(upload) || (await askWhoPoints(asker, asked.askedAt)).isForeign(upload)
  )
}
