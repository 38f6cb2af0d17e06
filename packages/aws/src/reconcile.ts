import { once, reconcileAll } from '@ckan-uplink/core'
import { createLinkerPart } from './parts.ts'

const linker = once(() => createLinkerPart(process.env))

/** The reconciler, on a schedule: links what was missed. Throws when it can't go through the whole bucket. */
export async function handler(): Promise<void> {
  await reconcileAll(await linker().createLinkDeps())
}
