import { NotFoundError, RefusedError } from '@ckan-uplink/core'
import { createMemoryStore } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { findObjects } from '../src/migrate/find-objects.ts'
import { LAYOUTS } from '../src/migrate/layouts.ts'

const RESOURCE = '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10'
const OWNER = { owner_type: 'resource', owner_id: RESOURCE }
const FILE = { name: 'budget.csv', storage: 'old', location: 'ab/cd', size: 8, ...OWNER }

/** What moves of a resource whose URL names a file of CKAN, as CKAN shows this file. */
async function find(shown: object | undefined, { known = 'files_file_show', host = 'ckan.example.org' } = {}) {
  const store = createMemoryStore()
  await store.put('old/ab/cd', new TextEncoder().encode('a,b\n1,2\n'))
  const action = async (name: string) => {
    if (name !== known) throw new RefusedError(`Bad request - Action name not known: ${name}`)
    if (shown === undefined) throw new NotFoundError('File was not found.')
    return shown
  }
  const { found, leftOut } = await findObjects(
    { resources: [{ id: RESOURCE, url: `https://${host}/file/download/f1`, url_type: 'file' }] } as never,
    {
      layout: LAYOUTS.files,
      path: 'old/',
      sites: ['https://ckan.example.org'],
      storage: 'old',
      source: { name: 'old', store },
      includePrivate: false,
      work: { uplink: { action } },
    } as never,
  )
  return { keys: found.map(({ key }) => key), reasons: leftOut.map(({ reason }) => reason) }
}

describe('a resource whose URL names a file of CKAN', () => {
  it.each(['files_file_show', 'file_show'])('moves with its file, where CKAN has the action %s', async (known) => {
    expect(await find(FILE, { known: known })).toEqual({ keys: ['old/ab/cd'], reasons: [] })
  })

  it.each([
    ['belongs to another resource', { ...FILE, owner_id: 'another' }, /another owner/u],
    ['belongs to a user', { ...FILE, owner_type: 'user', owner_id: RESOURCE }, /another owner/u],
    ['is in another storage', { ...FILE, storage: 'new' }, /storage new: give --storage new/u],
    ['has another size than the object', { ...FILE, size: 9 }, /9 bytes, but the object has 8/u],
    ['does not exist', undefined, /not found/u],
  ])('stays, with the reason, if the file %s', async (_case, shown, reason) => {
    expect(await find(shown)).toEqual({ keys: [], reasons: [expect.stringMatching(reason)] })
  })

  it('stays if the URL leads to another host', async () => {
    const reasons = [expect.stringContaining('leads to theirs.example.org, not to CKAN')]
    expect(await find(FILE, { host: 'theirs.example.org' })).toEqual({ keys: [], reasons })
  })
})
