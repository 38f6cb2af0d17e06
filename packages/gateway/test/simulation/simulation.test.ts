import { describe, expect, it } from 'vitest'
import { checkSchedules } from './index.ts'
import { checkSchedules as checkRestores } from './restores.ts'

describe('requests of many files under any schedule', () => {
  it('create nothing twice, bring nothing back, and end with an upload for each file', async () => {
    expect(await checkSchedules({ runs: 100, seed: 20_300_101 })).toEqual({ runs: 100 })
  })
})

describe('restorations under any schedule', () => {
  it('race with uploads, removals and people, and keep every promise', async () => {
    expect(await checkRestores({ runs: 100, seed: 20_300_101 })).toEqual({ runs: 100 })
  })
})
