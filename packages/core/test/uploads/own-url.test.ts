import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkedUrl } from '../../src/uploads/index.ts'
import { mentionOf, mentionsIn } from '../../src/uploads/own-url.ts'
import { keyOf, settingsOf } from '../support/fixtures.ts'

const ids = fc.stringMatching(/^[0-9A-Za-z _-]{7,100}$/)
const names = fc
  .string({ minLength: 1, unit: 'binary' })
  .filter((name) => name !== '.' && name !== '..' && name.isWellFormed())
const keys = fc
  .record({ order: fc.nat(2), id: ids, fileName: names })
  .map(({ order, id, fileName }) => ({ ...keyOf(order, id), fileName }))

describe('the ids in a URL', () => {
  it('name the file of the URL, also without its version and at any address', () => {
    const property = fc.property(
      keys,
      fc.constantFrom(undefined, 'https://files.example.org'),
      fc.constantFrom('as written', 'without a version', 'as older linkers wrote it'),
      (key, publicBucketUrl, form) => {
        const url = linkedUrl(
          settingsOf({ gatewayUrl: 'https://old.example.org/sub', ...(publicBucketUrl && { publicBucketUrl }) }),
          key,
          '0123456789abcdef',
        )
        const bare = url.replace(/\?.*$|\/0123456789abcdef(?=\/)/u, '')
        const older = `${bare}?v=0123456789abcdef`
        const text = form === 'as written' ? url : form === 'without a version' ? bare : older
        expect(mentionsIn(settingsOf(), text)).toContain(mentionOf(key))
      },
    )
    fc.assert(property, { numRuns: 1000 })
  })

  it('do not name the plain key of a resource when the URL leads to an upload', () => {
    const property = fc.property(ids, (id) => {
      const url = linkedUrl(settingsOf(), { ...keyOf(1, id), fileName: 'data.csv' }, '0123456789abcdef')
      expect(mentionsIn(settingsOf(), url)).toEqual([keyOf(1).uploadId])
    })
    fc.assert(property)
  })

  it('are empty when a person points elsewhere', () => {
    expect(mentionsIn(settingsOf(), 'https://example.org/100%/resource/x/theirs.csv')).toEqual([])
  })
})
