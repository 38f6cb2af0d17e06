import { NotAllowedError, UnavailableError } from '@ckan-uplink/core'
import type { DatasetLister } from '@ckan-uplink/core/operations'
import { describe, expect, it } from 'vitest'
import { type CkanClient, createDatasetLister } from '../src/index.ts'

type Call = (action: string, ...more: unknown[]) => Promise<unknown>
type Query = Readonly<Record<string, unknown>>

/** A CKAN whose search returns the given answers, and the queries that it received. */
function searching(
  answer: (query: Query) => { readonly count: number; readonly ids: readonly string[] },
  sysadmin = true,
): {
  readonly client: CkanClient
  readonly queries: Query[]
} {
  const queries: Query[] = []
  const call = async (action: string, params: object): Promise<unknown> => {
    if (action === 'user_show') return { result: { id: 'me', name: 'me', sysadmin }, date: new Date(0) }
    queries.push({ ...params })
    const { count, ids } = answer({ ...params })
    return { result: { count, results: ids.map((id) => ({ id, resources: [] })) }, date: new Date(0) }
  }
  return {
    client: { url: 'https://ckan.example.org', tokenHeader: 'Authorization', call: call as CkanClient['call'] },
    queries,
  }
}

async function idsOf(
  client: CkanClient,
  options: Parameters<DatasetLister['datasets']>[0] = {},
): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { id } of createDatasetLister(client, { token: 'token' }).datasets(options)) ids.push(id)
  return ids
}

describe('listing datasets', () => {
  it('continues after the last id when a site returns smaller pages, without needless calls', async () => {
    const left = (query: Query) =>
      ['a', 'b', 'c', 'd'].filter((id) => id > (/"(.)"/u.exec(String(query['fq'] ?? ''))?.[1] ?? ''))
    const { client, queries } = searching((query) => ({ count: left(query).length, ids: left(query).slice(0, 2) }))
    expect(await idsOf(client)).toEqual(['a', 'b', 'c', 'd'])
    expect(queries.map(({ fq }) => fq)).toEqual([undefined, '+id:{"b" TO *]'])
  })

  it('that must be complete is refused for a token from which CKAN hides datasets', async () => {
    const hiding = searching(() => ({ count: 1, ids: ['a'] }), false)
    expect(await idsOf(hiding.client)).toEqual(['a'])
    await expect(idsOf(hiding.client, { complete: true })).rejects.toThrow(NotAllowedError)
    expect(await idsOf(searching(() => ({ count: 1, ids: ['a'] })).client, { complete: true })).toEqual(['a'])
  })

  it('that must be complete fails when CKAN counts datasets but shows none of them', async () => {
    const { client } = searching(({ fq }) => (fq === undefined ? { count: 3, ids: ['a', 'b'] } : { count: 1, ids: [] }))
    expect(await idsOf(client)).toEqual(['a', 'b'])
    await expect(idsOf(client, { complete: true })).rejects.toThrow('counts 1 more datasets')
  })

  it.each([{}, null, { count: 1 }, { results: [] }])(
    'fails for an answer that is not a search result: %j',
    async (result) => {
      const { client } = searching(() => ({ count: 0, ids: [] }))
      const call = async (action: string, ...more: unknown[]) =>
        action === 'package_search' ? { result, date: new Date(0) } : (client.call as Call)(action, ...more)
      await expect(idsOf({ ...client, call: call as CkanClient['call'] })).rejects.toThrow(UnavailableError)
    },
  )

  it('ends when the last datasets have disappeared meanwhile', async () => {
    const { client } = searching(({ fq }) => (fq === undefined ? { count: 3, ids: ['a', 'b'] } : { count: 0, ids: [] }))
    expect(await idsOf(client)).toEqual(['a', 'b'])
  })

  it('does not loop forever on a site that always returns the same page', async () => {
    const { client, queries } = searching(() => ({ count: 9, ids: ['a', 'b'] }))
    await expect(idsOf(client)).rejects.toThrow('repeated datasets')
    expect(queries).toHaveLength(2)
  })
})
