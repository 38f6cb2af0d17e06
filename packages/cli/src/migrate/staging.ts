import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createLimiter, MIB } from '@ckan-uplink/core/support'
import { createGate } from '../gate.ts'

/** Where files wait between CKAN and the bucket: a folder beside the journal. */
export interface Staging {
  /** Downloads at the same time, over all datasets. */
  readonly limitDownloads: ReturnType<typeof createLimiter>
  /** Bodies on their way to the bucket at the same time. */
  readonly gate: ReturnType<typeof createGate>
  /** Gives the task a folder of its own, and removes it after the task. */
  withFolder<T>(task: (folder: string) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const DOWNLOADS_AT_ONCE = 4
const BODIES_AT_ONCE = 8
const BYTES_AT_ONCE = 256 * MIB

/** Removes what a killed run has left. */
export async function openStaging(journal: string): Promise<Staging> {
  const root = `${resolve(journal)}.files`
  const remove = (folder: string) => rm(folder, { recursive: true, force: true })
  await remove(root)
  await mkdir(root, { recursive: true, mode: 0o700 })
  return {
    limitDownloads: createLimiter(DOWNLOADS_AT_ONCE),
    gate: createGate({ bodies: BODIES_AT_ONCE, bytes: BYTES_AT_ONCE }),
    async withFolder(task) {
      const folder = await mkdtemp(join(root, 'batch-'))
      try {
        return await task(folder)
      } finally {
        await remove(folder)
      }
    },
    close: () => remove(root),
  }
}
