import { expect, it } from 'vitest'
import { moveDataset } from '../src/migrate/move-dataset.ts'
import type { Mover } from '../src/migrate/mover.ts'

it('A move goes on without a dataset that was deleted after it was listed', async () => {
  const portal = { find: async () => undefined }
  expect(await moveDataset({ id: 'gone', name: 'gone' }, { portal, choice: {} } as unknown as Mover)).toBe(true)
})
