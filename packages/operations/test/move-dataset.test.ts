import { NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import { expect, it } from 'vitest'
import type { Move } from '../src/migrate/move.ts'
import { moveDataset } from '../src/migrate/move-dataset.ts'
import { collect } from './support/collect.ts'

/** A move from a CKAN that answers with this error. */
function moveWith(error: Error): Move {
  const action = () => Promise.reject(error)
  return { work: { uplink: { action }, signal: new AbortController().signal } } as unknown as Move
}

it('A move goes on without a dataset that was deleted after it was listed', async () => {
  expect(await collect(moveDataset('gone', moveWith(new NotFoundError('CKAN has nothing.'))))).toEqual([])
})

it('A move reports a dataset that CKAN does not show to its user', async () => {
  await expect(collect(moveDataset('theirs', moveWith(new NotAllowedError('Not yours.'))))).rejects.toThrow(
    'Not yours.',
  )
})
