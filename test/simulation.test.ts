import { readFile } from 'node:fs/promises'
import { checkFiles, checkScans, checkSchedules } from '@ckan-uplink/testing/simulation'
import { describe, expect, it } from 'vitest'
import { PLANTED_FAULTS } from '../scripts/planted-faults.ts'

const SEED = 20_300_101

describe('linking under any schedule', () => {
  it('keeps every promise in any order of calls, faults, crashes and edits', async () => {
    expect(await checkSchedules({ runs: 500, seed: SEED })).toEqual({ runs: 500 })
  })
})

describe('linking with a scanner under any schedule', () => {
  it('links no file before its verdict, and leaves no file without an end', async () => {
    expect(await checkScans({ runs: 150, seed: SEED })).toEqual({ runs: 150 })
  })
})

describe('files without a resource under any schedule', () => {
  it('are files of CKAN with their names and owners, or have no object', async () => {
    expect(await checkFiles({ runs: 150, seed: SEED })).toEqual({ runs: 150 })
  })
})

describe('the simulation', () => {
  it.each(PLANTED_FAULTS)('can plant the fault that $what', async ({ file, from }) => {
    expect(await readFile(`packages/${file}`, 'utf8')).toContain(from)
  })
})
