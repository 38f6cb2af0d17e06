import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keptPosition } from '../src/commands/kept-position.ts'

const POSITION = { phase: 'files', after: 'resources/api_uploads/x' } as const
const HOUR_MS = 3_600_000

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-position-'))
  vi.stubEnv('XDG_STATE_HOME', folder)
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(async () => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

/** What the next run of the same command finds, so many hours later. */
async function foundAfter(hours: number, run: object = { name: 'production' }) {
  vi.setSystemTime(Date.now() + hours * HOUR_MS)
  const kept = keptPosition(run)
  const found = await kept.read()
  await kept.keep({ phase: 'images' }, 'now')
  return found?.position
}

it('a run that was cut short is gone on with by the same command, within a day from when it began', async () => {
  await keptPosition({ name: 'production' }).keep(POSITION, 'now')
  expect(await foundAfter(1, { name: 'staging' })).toBeUndefined()
  expect(await foundAfter(13)).toEqual(POSITION)
  expect(await foundAfter(9)).toEqual({ phase: 'images' })
  expect(await foundAfter(2)).toBeUndefined()
})
