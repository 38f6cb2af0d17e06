import { describe, expect, it } from 'vitest'
import { createAuthorizer, createCkanClient } from '../src/index.ts'
import { createFrozenClock, forbidden, type Reply, startScriptedCkan, success } from './scripted-ckan.ts'

async function start(reply: Reply) {
  const { url, received } = await startScriptedCkan(() => reply)
  const client = createCkanClient({ url, concurrency: 4, timeoutMs: 5000, clock: createFrozenClock() })
  return { authorizer: createAuthorizer(client), received }
}

const counted = (facets: unknown): Reply => success({ count: 1, facets, results: [] })

describe('the owner of a dataset', () => {
  it('is counted by the search index in one call, with the token of the caller and private datasets', async () => {
    const { authorizer, received } = await start(counted({ owner_org: { 'org-1': 1 } }))
    expect(await authorizer.findOwner('token', { id: 'd-1' })).toBe('org-1')
    expect(received).toMatchObject([
      {
        action: 'package_search',
        params: {
          fq: '+id:"d-1"',
          rows: 0,
          'facet.field': ['owner_org'],
          include_private: true,
          include_drafts: true,
        },
        headers: { authorization: 'token' },
      },
    ])
  })

  it('is found by the name of the dataset, which is quoted', async () => {
    const { authorizer, received } = await start(counted({ owner_org: { 'org-1': 1 } }))
    await authorizer.findOwner('token', { name: 'a" OR *:*\\' })
    expect(received[0]?.params['fq']).toBe('+name:"a\\" OR *:*\\\\"')
  })

  it.each<[string, Reply]>([
    ['the dataset has none', counted({ owner_org: {} })],
    ['a plugin drops the count', counted({})],
    ['the index gives several', counted({ owner_org: { a: 1, b: 1 } })],
    ['the answer has another form', success('x')],
    ['CKAN forbids it', forbidden],
    ['CKAN is down', { status: 502, text: '' }],
  ])('is unknown when %s, without another call', async (_, reply) => {
    const { authorizer, received } = await start(reply)
    expect(await authorizer.findOwner('token', { id: 'd-1' })).toBeUndefined()
    expect(received).toHaveLength(1)
  })
})
