import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseJson, type ReconcilePosition } from '@ckan-uplink/core'

const EVERY_MS = 1000

/** How far a run is, kept over interruptions and crashes. */
export interface KeptPosition {
  /** Where an earlier run of the same command was cut short. */
  read(): Promise<ReconcilePosition | undefined>
  /** Written once a second at most; `now`: at once. */
  keep(position: ReconcilePosition, how?: 'now'): Promise<void>
  forget(): Promise<void>
}

/** Below the folder for state that the XDG specification names: https://specifications.freedesktop.org/basedir-spec/latest/ */
export function keptPosition(run: object, env: Readonly<Record<string, string | undefined>> = process.env): KeptPosition {
  const folder = join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'ckan-uplink', 'reconcile')
  const file = join(folder, createHash('sha256').update(JSON.stringify(run)).digest('hex'))
  let keptAt = Number.NEGATIVE_INFINITY
  return {
    async read() {
      const kept = parseJson(await readFile(file, 'utf8').catch(() => ''))
      return kept === undefined ? undefined : (kept as ReconcilePosition)
    },
    async keep(position, how) {
      if (how !== 'now' && performance.now() - keptAt < EVERY_MS) return
      keptAt = performance.now()
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeFile(`${file}.new`, JSON.stringify(position), { mode: 0o600 })
      await rename(`${file}.new`, file)
    },
    forget: () => rm(file, { force: true }),
  }
}
