import { NotAllowedError } from '@ckan-uplink/client'
import { describe, expect, it } from 'vitest'
import type { Action, Sender } from '../src/prepare.ts'
import { createProposals, type WaitingPlace } from '../src/proposals/proposals.ts'

const listed = (id: string) => ({
  upload: { id, declared: { name: `${id}.csv`, size: 5 }, requested_at: '2026-02-03T09:00:00.000Z' },
  link: { created_by: 'jane', note: 'The budget, please.' },
  url: `https://bucket/${id}`,
})
/** The pages by the `after` of their requests. */
const PAGES = {
  first: { proposals: [listed('a'), listed('b')], next: 'b' },
  b: { proposals: [], next: 'c' },
  c: { proposals: [listed('d')], next: null },
}

function open(now?: () => number, place: WaitingPlace = { dataset: 'city-budget' }) {
  const calls: (readonly [name: string, params: object])[] = []
  const action: Action = async (name, params) => {
    calls.push([name, params])
    if (params['id'] === 'forbidden') throw new NotAllowedError('You may not change this dataset in CKAN.')
    return PAGES[(params['after'] ?? 'first') as keyof typeof PAGES]
  }
  const waitFor = (async (id: string, goal: string) => void calls.push([goal, { id }])) as unknown as Sender['waitFor']
  return { calls, proposals: createProposals({ action, waitFor }, place, now) }
}

describe('files that wait for a decision', () => {
  it('come page by page, with the link that brought them', async () => {
    const { calls, proposals } = open()
    expect(await proposals.next()).toMatchObject([
      { id: 'a', name: 'a.csv', size: 5, at: '2026-02-03T09:00:00.000Z', by: 'jane', note: 'The budget, please.' },
      { id: 'b' },
    ])
    expect(await proposals.next()).toMatchObject([{ id: 'd' }])
    expect(await proposals.next()).toEqual([])
    expect(calls).toHaveLength(3)
  })

  it('are those of one resource where the files replace one', async () => {
    const { calls, proposals } = open(undefined, { resource: 'r' })
    await proposals.next()
    expect(calls).toEqual([['upload_proposals', { resource: 'r', after: undefined }]])
  })

  it('open by an address that still works', async () => {
    let now = 0
    const { calls, proposals } = open(() => now)
    await proposals.next()
    expect(await proposals.addressOf('a')).toBe('https://bucket/a')
    expect(calls).toHaveLength(1)
    now = 270_000
    expect(await proposals.addressOf('a')).toBe('https://bucket/a')
    expect(calls).toHaveLength(2)
  })

  it('are accepted until CKAN shows them, and refused with a reason', async () => {
    const { calls, proposals } = open()
    await proposals.accept('a')
    await proposals.refuse('b', 'It has the wrong year.')
    expect(calls).toEqual([
      ['upload_accept', { id: 'a' }],
      ['linked', { id: 'a' }],
      ['upload_refuse', { id: 'b', reason: 'It has the wrong year.' }],
    ])
    await expect(proposals.accept('forbidden')).rejects.toThrow('You may not change this dataset in CKAN.')
  })
})
