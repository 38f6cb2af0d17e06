import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  buildKey,
  linkedUrl,
  parseLinkedUrl,
  parseUrlOfResource,
  safeFileName,
  versionOf,
} from '../../src/uploads/index.ts'
import { downloadPath } from '../../src/uploads/linked-url.ts'
import { RESOURCE, uploadId } from '../support/fixtures.ts'

const VERSION = '0123456789abcdef'
const UPLOAD = uploadId(1)
const privateBucket = { gatewayUrl: 'https://up.example.org', keyPrefix: 'resources/api_uploads/' }
const publicBucket = { ...privateBucket, publicBucketUrl: 'https://cdn.example.org/files' }
const resourceIds = fc.stringMatching(/^[0-9A-Za-z _-]{7,100}$/)
const keyNames = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map(safeFileName),
  fc.constantFrom(
    '100%.csv',
    'a+b.csv',
    'a&b=c.csv',
    'a?v=1.csv',
    'a#b.csv',
    '%2F.csv',
    '%2e%2e',
    'e\u0301.csv',
    "(it's)!*.csv",
  ),
)

describe.each([
  ['a private bucket', privateBucket],
  ['a public bucket', publicBucket],
])('the URL of a file in %s', (_, settings) => {
  it('is parsed into resource, upload, file name and version', () => {
    fc.assert(
      fc.property(
        resourceIds,
        fc.uuid({ version: 7 }),
        keyNames,
        fc.stringMatching(/^[0-9a-f]{16}$/),
        (resourceId, id, fileName, version) => {
          const key = { kind: 'resource', resourceId, uploadId: id, fileName }
          expect(parseLinkedUrl(settings, linkedUrl(settings, key, version))).toEqual({ ...key, version })
        },
      ),
    )
  })

  it('ends in the file name', () => {
    const url = linkedUrl(settings, { resourceId: RESOURCE, uploadId: UPLOAD, fileName: 'a b.csv.gz' }, VERSION)
    expect(url).toMatch(/\/a%20b\.csv\.gz$/u)
  })

  it('is a valid URL without blanks, and leads to exactly the path it was built from', () => {
    fc.assert(
      fc.property(resourceIds, keyNames, (resourceId, fileName) => {
        const url = linkedUrl(settings, { resourceId, uploadId: UPLOAD, fileName }, VERSION)
        expect(url).not.toMatch(/\s/u)
        // No part of it is taken for a query, a fragment or a step upwards.
        expect(new URL(url).href.replaceAll("'", '%27')).toBe(url.replaceAll("'", '%27'))
        expect(url).not.toMatch(/[?#]/u)
      }),
    )
  })

  it('is still known after the bucket was made public or private', () => {
    const url = linkedUrl(settings, { resourceId: RESOURCE, uploadId: UPLOAD, fileName: 'a.csv' }, VERSION)
    expect(parseLinkedUrl(publicBucket, url)).toEqual({
      kind: 'resource',
      resourceId: RESOURCE,
      uploadId: UPLOAD,
      fileName: 'a.csv',
      version: VERSION,
    })
  })
})

describe('a URL that an older linker wrote', () => {
  const olderUrl = (resourceId: string, names: readonly string[], version: string) =>
    `https://up.example.org/resource/${[resourceId, 'download', ...names].map(encodeURIComponent).join('/')}?v=${version}`
  const versions = fc.stringMatching(/^[0-9a-f]{16}$/)
  const oddNames = fc.oneof(keyNames, versions, fc.uuid({ version: 7 }))

  it('is parsed into resource, upload, file name and version', () => {
    fc.assert(
      fc.property(resourceIds, fc.uuid({ version: 7 }), oddNames, versions, (resourceId, id, fileName, version) => {
        const url = olderUrl(resourceId, [id, fileName], version)
        const parsed = { kind: 'resource', resourceId, uploadId: id, fileName, version }
        expect(parseLinkedUrl(privateBucket, url)).toEqual(parsed)
      }),
    )
  })

  it('is parsed into resource, file name and version for a plain key', () => {
    fc.assert(
      fc.property(resourceIds, oddNames, versions, (resourceId, fileName, version) => {
        const parsed = { kind: 'resource', resourceId, fileName, version }
        expect(parseLinkedUrl(privateBucket, olderUrl(resourceId, [fileName], version))).toEqual(parsed)
      }),
    )
  })

  it('names the same file as the present URL', () => {
    fc.assert(
      fc.property(oddNames, fc.constantFrom([], [UPLOAD]), versions, (fileName, ids, version) => {
        const [uploadId] = ids
        const key = { resourceId: RESOURCE, fileName, ...(uploadId !== undefined && { uploadId }) }
        const now = parseLinkedUrl(privateBucket, linkedUrl(privateBucket, key, version))
        expect(now).toEqual(parseLinkedUrl(privateBucket, olderUrl(RESOURCE, [...ids, fileName], version)))
        expect(now?.fileName).toBe(fileName)
      }),
    )
  })
})

describe('the URL of a plain key', () => {
  it('names its download in a private bucket', () => {
    const url = linkedUrl(privateBucket, { resourceId: 'my res_1', fileName: '日 1.csv' }, VERSION)
    expect(url).toBe(`https://up.example.org/resource/my%20res_1/download/${VERSION}/%E6%97%A5%201.csv`)
    expect(parseLinkedUrl(privateBucket, url)).toEqual({
      kind: 'resource',
      resourceId: 'my res_1',
      fileName: '日 1.csv',
      version: VERSION,
    })
  })

  it('names its download in a public bucket', () => {
    const url = linkedUrl(publicBucket, { resourceId: 'my res_1', fileName: '日 1.csv' }, VERSION)
    expect(url).toBe(`https://cdn.example.org/files/resources/api_uploads/my%20res_1/${VERSION}/%E6%97%A5%201.csv`)
    expect(parseLinkedUrl(publicBucket, url)).toEqual({
      kind: 'resource',
      resourceId: 'my res_1',
      fileName: '日 1.csv',
      version: VERSION,
    })
  })
})

describe('a URL of a public bucket that an older linker wrote', () => {
  const host = 'https://cdn.example.org/files'
  const olderUrl = (key: { resourceId: string; uploadId?: string; fileName?: string }, version: string) =>
    `${host}/${buildKey('resources/api_uploads/', key).split('/').map(encodeURIComponent).join('/')}?v=${version}`
  const versions = fc.stringMatching(/^[0-9a-f]{16}$/)

  it('is parsed into resource, upload, file name and version', () => {
    const names = fc.oneof(keyNames, versions, fc.uuid({ version: 7 }))
    fc.assert(
      fc.property(resourceIds, fc.uuid({ version: 7 }), names, versions, (resourceId, id, fileName, version) => {
        const key = { kind: 'resource', resourceId, uploadId: id, fileName } as const
        expect(parseLinkedUrl(publicBucket, olderUrl(key, version))).toEqual({ ...key, version })
      }),
    )
  })

  it('is parsed into resource and version for a plain key', () => {
    fc.assert(
      fc.property(resourceIds, versions, (resourceId, version) => {
        const parsed = { kind: 'resource', resourceId, version }
        expect(parseLinkedUrl(publicBucket, olderUrl({ resourceId }, version))).toEqual(parsed)
      }),
    )
  })
})

describe('a foreign URL', () => {
  const own = `https://up.example.org/resource/${RESOURCE}/download/${UPLOAD}/a.csv`
  const versioned = own.replace('a.csv', `${VERSION}/a.csv`)
  const inBucket = `https://cdn.example.org/files/${buildKey('resources/api_uploads/', { resourceId: RESOURCE, uploadId: UPLOAD, fileName: 'a.csv' })}`

  it.each([
    '',
    'a.csv',
    'https://example.org/a.csv',
    `https://example.org/resource/${RESOURCE}/download/${UPLOAD}/a.csv?v=${VERSION}`,
    `http://up.example.org/resource/${RESOURCE}/download/a.csv?v=${VERSION}`,
    `https://up.example.org.evil.org/resource/${RESOURCE}/download/a.csv?v=${VERSION}`,
    own,
    `${own}?v=`,
    `${own}?v=${VERSION.slice(1)}`,
    `${own}?v=${VERSION.toUpperCase()}`,
    `${own}?v=${VERSION}&download=1`,
    `${own}?download=1&v=${VERSION}`,
    `${own}?v=${VERSION}#page=2`,
    `${own}/more?v=${VERSION}`,
    `${versioned}?v=${VERSION}`,
    `${versioned}?download=1`,
    `${versioned}#page=2`,
    `${versioned}/more`,
    versioned.replace(VERSION, VERSION.toUpperCase()),
    versioned.replace(VERSION, VERSION.slice(1)),
    versioned.replace('a.csv', ''),
    versioned.replace(UPLOAD, VERSION),
    `https://up.example.org/resource/${RESOURCE}/download?v=${VERSION}`,
    `https://up.example.org/resource/${RESOURCE}/download/?v=${VERSION}`,
    `https://up.example.org/resource/${RESOURCE}/download/no-upload-id/a.csv?v=${VERSION}`,
    `https://up.example.org/resource/${RESOURCE}/download/100%.csv?v=${VERSION}`,
    `https://up.example.org/dataset/x/resource/${RESOURCE}/download/a.csv?v=${VERSION}`,
    inBucket,
    inBucket.replace('a.csv', VERSION),
    inBucket.replace('a.csv', `${VERSION}/`),
    inBucket.replace('a.csv', `${VERSION}/a.csv/more`),
    inBucket.replace('a.csv', `${VERSION}/a.csv?v=${VERSION}`),
    inBucket.replace('a.csv', `${VERSION.toUpperCase()}/a.csv`),
    inBucket.replace(UPLOAD, 'no-upload-id').replace('a.csv', `${VERSION}/a.csv`),
    inBucket.replace(RESOURCE, 'short').replace('a.csv', `${VERSION}/a.csv`),
    `https://cdn.example.org/files/resources/api_uploads/${RESOURCE}/a.csv?v=${VERSION}`,
    `https://cdn.example.org/files/other/${RESOURCE}?v=${VERSION}`,
    `https://cdn.example.org/files/resources/api_uploads/short?v=${VERSION}`,
  ])('is undefined: %j', (url) => expect(parseLinkedUrl(publicBucket, url)).toBeUndefined())

  // Written into CKAN by an editor of one resource, such a URL must not lead to the file of another.
  it.each([
    `${own.replace('a.csv', '..%2F..%2Fother-resource%2Fsecret.csv')}?v=${VERSION}`,
    `${own.replace('a.csv', '%2e%2e')}?v=${VERSION}`,
    `https://up.example.org/resource/${RESOURCE}/download/..%2F..%2Fuplink?v=${VERSION}`,
    `https://up.example.org/resource/..%2F..%2Fuplink/download/a.csv?v=${VERSION}`,
    `${inBucket.replace('a.csv', '..')}?v=${VERSION}`,
    `${inBucket.replace('a.csv', 'b%2Fa.csv')}?v=${VERSION}`,
    inBucket.replace('a.csv', `${VERSION}/..%2Fa.csv`),
    inBucket.replace('a.csv', `${VERSION}/%2e%2e`),
  ])('climbs to no other key: %j', (url) => expect(parseLinkedUrl(publicBucket, url)).toBeUndefined())

  it('is not taken for one in a bucket that was never public', () => {
    expect(parseLinkedUrl(privateBucket, `${inBucket}?v=${VERSION}`)).toBeUndefined()
  })
})

describe('the URL that CKAN shows for a resource', () => {
  const key = { kind: 'resource', resourceId: RESOURCE, uploadId: UPLOAD, fileName: 'a (1).csv' }
  const elsewhere = { gatewayUrl: 'https://former.example.org/up', keyPrefix: privateBucket.keyPrefix }

  it.each([elsewhere, { ...elsewhere, publicBucketUrl: 'https://files.former.example.org' }])(
    'is known at a former address: %o',
    (former) => {
      expect(parseUrlOfResource(privateBucket, RESOURCE, linkedUrl(former, key, VERSION))).toEqual({
        ...key,
        version: VERSION,
      })
    },
  )

  it.each([
    ['of another resource', linkedUrl(privateBucket, { ...key, resourceId: `${RESOURCE}0` }, VERSION)],
    ['whose id ends alike', linkedUrl(privateBucket, { ...key, resourceId: `0${RESOURCE}` }, VERSION)],
    ['without a version', linkedUrl(privateBucket, key, VERSION).replace(`/${VERSION}`, '')],
    ['that only mentions it', `https://other.example.org/?from=${linkedUrl(privateBucket, key, VERSION)}`],
    ['that has more segments', `${linkedUrl(privateBucket, key, VERSION)}/more`],
    ['of a file elsewhere', 'https://other.example.org/a.csv'],
  ])('is none %s', (_, url) => {
    expect(parseUrlOfResource(privateBucket, RESOURCE, url)).toBeUndefined()
  })
})

describe('a version', () => {
  it('is the beginning of the SHA-256 of the ETag', async () => {
    expect(await versionOf('abc')).toBe('ba7816bf8f01cfea')
    expect(await versionOf('0x8DE2A5B3C4D5E6F')).not.toBe(await versionOf('0x8DE2A5B3C4D5E70'))
  })
})

describe('the download path', () => {
  it('has upload and version between resource and file name, each part encoded', () => {
    expect(downloadPath({ resourceId: 'my res_1', uploadId: UPLOAD, fileName: 'a&b.csv' }, VERSION)).toBe(
      `/resource/my%20res_1/download/${UPLOAD}/${VERSION}/a%26b.csv`,
    )
    expect(downloadPath({ resourceId: RESOURCE, fileName: 'a.csv' }, VERSION)).toBe(
      `/resource/${RESOURCE}/download/${VERSION}/a.csv`,
    )
  })
})

describe('a link with a former address', () => {
  const settings = { ...privateBucket, formerUrls: ['https://old.example.org', 'https://up.example.org/former'] }
  const key = { kind: 'resource', resourceId: RESOURCE, uploadId: UPLOAD, fileName: 'a.csv' } as const

  it.each(settings.formerUrls)('at %s is parsed as a link, of the gateway or of a public host', (address) => {
    for (const earlier of [privateBucket, publicBucket]) {
      const written = linkedUrl(
        { ...earlier, gatewayUrl: address, ...('publicBucketUrl' in earlier && { publicBucketUrl: address }) },
        key,
        VERSION,
      )
      expect(parseLinkedUrl(settings, written)).toEqual({ ...key, version: VERSION })
      expect(parseLinkedUrl(privateBucket, written)).toBeUndefined()
    }
  })

  it('is never written', () => {
    expect(linkedUrl(settings, key, VERSION)).toMatch(/^https:\/\/up\.example\.org\/resource/u)
  })
})
