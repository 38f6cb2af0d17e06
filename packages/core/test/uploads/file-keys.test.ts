import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildFileKey, buildKey, parseFileKey, parseKey, parseUploadKey } from '../../src/uploads/index.ts'
import { uploadId } from '../support/fixtures.ts'

const PREFIX = 'resources/api_uploads/'
const fileName = fc
  .string({ minLength: 1, maxLength: 40 })
  .filter((name) => !/^\.{0,2}$|\//u.test(name) && name.isWellFormed())
const organization = fc.option(fc.stringMatching(/^[0-9A-Za-z_-]{7,40}$/u), { nil: undefined })

describe('the key of a file that no resource links to', () => {
  it('is read as it was built, and as nothing else', () => {
    fc.assert(
      fc.property(organization, fc.nat(99), fileName, (owner, order, name) => {
        const file = { ...(owner !== undefined && { organization: owner }), uploadId: uploadId(order), fileName: name }
        const key = buildFileKey(PREFIX, file)
        expect(parseFileKey(PREFIX, key)).toEqual({ kind: 'file', ...file })
        expect(parseUploadKey(PREFIX, key)).toEqual({ kind: 'file', ...file })
        expect(parseKey(PREFIX, key)).toEqual({ kind: 'malformed' })
      }),
    )
  })

  it('is never the key of a resource with the same name', () => {
    const resource = { resourceId: 'uplink-files', uploadId: uploadId(1), fileName: 'a.csv' }
    for (const key of [buildKey(PREFIX, resource), buildKey(PREFIX, { resourceId: 'uplink-files' })])
      expect([parseFileKey(PREFIX, key), parseUploadKey(PREFIX, key)]).toMatchObject([undefined, { kind: 'resource' }])
  })

  it.each(['', 'none', 'none/', `none/${uploadId(1)}`, `short/${uploadId(1)}/a`, `none/${uploadId(1)}/a/b`])(
    'is not %j',
    (tail) => {
      expect(parseFileKey(PREFIX, `${PREFIX}uplink-files/${tail}`)).toBeUndefined()
    },
  )
})
