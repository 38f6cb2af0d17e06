import { readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseJson } from './json.ts'
import type { State } from './state.ts'

/** Keeps the state on disk: after `save` has resolved, everything up to its call survives a crash. */
export interface StateFile {
  load(): State | undefined
  save(state: State): Promise<void>
}

/**
 * Without a path nothing is kept. The file is written beside its place and moved there; it holds tokens, so its mode is
 * 0600.
 */
export function createStateFile(path: string | undefined): StateFile {
  if (path === undefined) return { load: () => undefined, save: async () => {} }
  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  return {
    load: () => readState(path),
    save(state) {
      // One write serves everybody who asks while another is under way.
      next ??= running.then(() => {
        next = undefined
        running = writeState(path, state)
        return running
      })
      return next
    },
  }
}

function readState(path: string): State | undefined {
  try {
    return parseJson(readFileSync(path, 'utf8')) as unknown as State
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(
      `The file ${path} can't be read as the state of the built-in CKAN: remove it to start with an empty CKAN.`,
      {
        cause: error,
      },
    )
  }
}

async function writeState(path: string, state: State): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, JSON.stringify(state), { mode: 0o600 })
  await rename(`${path}.new`, path)
}
