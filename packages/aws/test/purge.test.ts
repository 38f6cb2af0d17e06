import type { ObjectStore } from '@ckan-uplink/core'
import { UnavailableError } from '@ckan-uplink/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createStore } from '../src/index.ts'
import { type ScriptedAnswer, type ScriptedS3, s3Error, startScriptedS3 } from './scripted-s3.ts'

const DONE: ScriptedAnswer = { status: 204 }

let s3: ScriptedS3
let store: ObjectStore
beforeAll(async () => {
  s3 = await startScriptedS3()
  store = createStore(s3.options)
})
afterAll(() => s3.close())
beforeEach(() => {
  s3.requests.length = 0
})

function page(
  versions: readonly (readonly [key: string, id: string, isMarker?: boolean])[],
  next?: string,
): ScriptedAnswer {
  const items = versions.map(([key, id, isMarker]) => {
    const name = isMarker ? 'DeleteMarker' : 'Version'
    return `<${name}><Key>${key}</Key><VersionId>${id}</VersionId></${name}>`
  })
  const more = `<NextKeyMarker>a</NextKeyMarker><NextVersionIdMarker>${next}</NextVersionIdMarker>`
  const truncated = `<IsTruncated>${next !== undefined}</IsTruncated>${next === undefined ? '' : more}`
  return { status: 200, body: `<ListVersionsResult>${truncated}${items.join('')}</ListVersionsResult>` }
}

const deletions = () =>
  s3.requests
    .filter((request) => request.startsWith('DELETE'))
    .map((request) => /versionId=(\w+)/u.exec(request)?.[1] ?? '')

describe('purge', () => {
  it('removes every version and delete marker of the key, over all pages, and of no other key', async () => {
    s3.script = [
      DONE,
      page(
        [
          ['a', 'v3', true],
          ['a', 'v2'],
        ],
        'v2',
      ),
      DONE,
      DONE,
      page([
        ['a', 'v1'],
        ['a/b', 'other'],
      ]),
      DONE,
    ]
    expect(await store.purge('a')).toBeUndefined()
    expect(deletions().sort()).toEqual(['', 'v1', 'v2', 'v3'])
    expect(deletions()[0]).toBe('')
  })

  it('removes only the object when the store lists no versions, like R2', async () => {
    s3.script = [DONE, s3Error(501, 'NotImplemented')]
    expect(await store.purge('a')).toBeUndefined()
    expect(deletions()).toEqual([''])
  })

  it('fails when a version may not be removed', async () => {
    s3.script = [DONE, page([['a', 'v1']]), s3Error(403, 'AccessDenied')]
    await expect(store.purge('a')).rejects.toThrow(UnavailableError)
  })
})
