import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HOUR_MS } from '@ckan-uplink/core/support'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openResumePoint } from '../src/commands/resume-point.ts'

const POSITION = { phase: 'files', after: 'resources/api_uploads/x' } as const

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

/** The position that the same command finds some hours later. */
async function foundAfter(hours: number, run: object = { name: 'production' }) {
  vi.setSystemTime(Date.now() + hours * HOUR_MS)
  const resumePoint = openResumePoint(run)
  const found = await resumePoint.read()
  await resumePoint.save({ phase: 'images' }, 'now')
  return found?.position
}

it('the same command continues an interrupted run within a day of its start', async () => {
  await openResumePoint({ name: 'production' }).save(POSITION, 'now')
  expect(await foundAfter(1, { name: 'staging' })).toBeUndefined()
  expect(await foundAfter(13)).toEqual(POSITION)
  expect(await foundAfter(9)).toEqual({ phase: 'images' })
  expect(await foundAfter(2)).toBeUndefined()
})
