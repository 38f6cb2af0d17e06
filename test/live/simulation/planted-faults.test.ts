import { describe, expect, it } from 'vitest'
import { PLANTED_FAULTS, schedulesUntilFound } from '../../../scripts/planted-faults.ts'

describe('the simulation', () => {
  it.each(PLANTED_FAULTS.filter(({ isRare }) => !isRare))('finds the fault that $what', async (fault) => {
    expect(await schedulesUntilFound(fault, { runs: 1000, seed: 20_300_101 })).toBeGreaterThan(0)
  })
})
