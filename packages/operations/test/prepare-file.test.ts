import { createMemoryStore } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { prepareFile } from '../src/migrate/prepare-file.ts'

const RESOURCE = { id: 'r', url: 'a.csv', last_modified: null }
const OBJECT = { key: 'old/a.csv', etag: 'e', size: 8, modifiedAt: new Date(0) }
const KEY = 'resources/api_uploads/r/u/a.csv'

/** The second run of a move, whose first run has left a record in this state, and its copy. */
async function prepareAgain(state: string) {
  const store = createMemoryStore()
  const put = (key: string, text: string) => store.put(key, new TextEncoder().encode(text))
  const record = {
    version: 1,
    id: 'u',
    key: KEY,
    entity: { type: 'resource', id: 'r' },
    declared: {},
    limits: {},
    state,
  }
  await put('uplink/uploads/u.json', JSON.stringify(record))
  await put(KEY, 'a,b\n1,2\n')
  let copies = 0
  const copy = async () => {
    copies += 1
    throw new Error('It copies.')
  }
  const entry = { upload: 'u', before: RESOURCE, source: { bucket: 'old', key: OBJECT.key, etag: OBJECT.etag } }
  const prepared = await prepareFile(
    { id: 'd' } as never,
    { resource: RESOURCE, object: OBJECT, key: OBJECT.key } as never,
    {
      linkDeps: { store, settings: { keyPrefix: 'resources/api_uploads/' }, clock: { now: () => new Date(0) } },
      former: new Map([['r', entry]]),
      source: { name: 'old', store, isInStore: true },
      importer: { copy },
    } as never,
  ).catch(String)
  return { copies, prepared }
}

describe('a move that is run again', () => {
  it.each(['issued', 'scanning'])('copies no file again whose upload is %s', async (state) => {
    expect(await prepareAgain(state)).toMatchObject({ copies: 0, prepared: { key: KEY } })
  })

  it('copies a file again whose upload failed', async () => {
    expect(await prepareAgain('failed')).toMatchObject({ copies: 1 })
  })
})
