import { describe, expect, it } from 'vitest'
import { link, NotAllowedError } from '../../src/index.ts'
import { parkEvent } from '../../src/operations/index.ts'
import { timeOfUploadId, type UploadRecord } from '../../src/uploads/index.ts'
import { candidates, DAYS, keysOf, keyText, later, replaced, type Site, useless } from '../support/clean-bench.ts'
import { createBench, createdEvent, keyOf, OTHER, RESOURCE, recordOf, uploadId, urlOf } from '../support/fixtures.ts'
import { createImageBench, imageKeyOf, imageUrlOf, OWNER_ID } from '../support/image-bench.ts'
import { DATASET_ID, resourceOf } from '../support/table-catalog.ts'
import { createTableLister } from '../support/table-lister.ts'

/** A time on the day of the uploads. */
const LINKED = { version: 'v', size: 8, at: '2026-03-04T05:00:00Z' }

describe('a file that a later upload has replaced', () => {
  it('is unneeded, with a reason', async () => {
    const site = await replaced()
    const foundAt = site.deps.clock.now()
    const reason = `CKAN shows a later upload, ${uploadId(2)}.`
    expect(await candidates(site)).toEqual([
      { key: keyText(1), size: 8, etag: 'etag-1', modifiedAt: new Date(0), reason, foundAt },
    ])
  })

  it.each<[string, (site: Site) => unknown]>([
    ['the later file does not exist', (site) => site.store.remove(keyText(2))],
    ['the later file has changed', (site) => site.store.place(keyText(2), { etag: 'changed' })],
    [
      'a person has restored its URL',
      async (site) => site.catalog.set(RESOURCE, { url: await urlOf(keyOf(1), 'etag-1') }),
    ],
    [
      'a person has restored its URL without the version',
      (site) =>
        site.catalog.set(RESOURCE, {
          url: `https://up.example.org/resource/${RESOURCE}/download/${uploadId(1)}/data.csv`,
        }),
    ],
    ['CKAN shows another URL', (site) => site.catalog.set(RESOURCE, { url: 'https://example.org/theirs.csv' })],
    [
      'CKAN shows the upload of another resource',
      async (site) => {
        await link(site, [site.upload(keyOf(3, OTHER), { content: { etag: 'x' } })])
        site.catalog.set(RESOURCE, { url: await urlOf(keyOf(3, OTHER), 'x') })
      },
    ],
    [
      'another resource points to it',
      async (site) => site.catalog.set(OTHER, { url: await urlOf(keyOf(1), 'etag-1') }),
    ],
    [
      'another resource points to it at an address that the gateway had',
      (site) => site.catalog.set(OTHER, { url: `http://old.example.org/x/${uploadId(1)}` }),
    ],
    [
      'the dataset is deleted, and can be restored',
      (site) => Object.assign(site.catalog.override, { dataset: { state: 'deleted' } }),
    ],
    ['it was put a short while ago', (site) => site.store.place(keyText(1), { modifiedAt: site.deps.clock.now() })],
    ['its record cannot be read', (site) => site.store.place(`uplink/uploads/${uploadId(1)}.json`, { bytes: '{}' })],
  ])('stays when %s', async (_, happen) => {
    const site = await replaced()
    await happen(site)
    expect(await keysOf(site)).not.toContain(keyText(1))
  })

  it('stays for the given number of days', async () => {
    expect(await keysOf(await replaced(DAYS))).toEqual([])
    expect(await keysOf(await replaced(DAYS + 0.1))).toEqual([keyText(1)])
  })

  it('stays when the later upload was requested a short time ago and has no record', async () => {
    const site = await replaced()
    const young = { ...keyOf(3), uploadId: uploadId(3).replace(/^019cb700/u, '019d4e00') }
    await link(site, [site.upload(young)])
    await site.store.remove(`uplink/uploads/${young.uploadId}.json`)
    expect(site.catalog.resource(RESOURCE).url).toContain(young.uploadId)
    expect(await keysOf(site)).toEqual([])
  })

  it.each<[string, Partial<UploadRecord> | 'none' | 'unreadable', readonly string[]]>([
    [
      'stays when the later upload was linked a short time ago',
      { linked: { ...LINKED, at: '2026-04-02T00:00:00Z' } },
      [],
    ],
    ['stays when the record of the later upload is not linked yet', { state: 'issued' }, []],
    ['stays when the record of the later upload is unreadable', 'unreadable', []],
    ['is unneeded when the later upload has no record and was requested long ago', 'none', [keyText(1)]],
  ])('%s', async (_, record, expected) => {
    const site = await replaced()
    const at = `uplink/uploads/${uploadId(2)}.json`
    if (record === 'none') await site.store.remove(at)
    else site.store.place(at, { bytes: record === 'unreadable' ? '{}' : JSON.stringify(recordOf(keyOf(2), record)) })
    expect(await keysOf(site)).toEqual(expected)
  })

  it('is also found in a public bucket', async () => {
    expect(await keysOf(await replaced(undefined, { publicBucketUrl: 'https://files.example.org' }))).toEqual([
      keyText(1),
    ])
  })

  it('at a plain key is replaced by an upload that was requested later', async () => {
    const bench = createBench()
    bench.store.place(keyText(0))
    await link(bench, [
      createdEvent(keyOf(0)),
      bench.upload(keyOf(1), { record: { previous_url: 'x', linked: LINKED } }),
    ])
    bench.catalog.set(RESOURCE, { url: await urlOf(keyOf(1), (await bench.store.head(keyText(1)))?.etag ?? 'none') })
    expect(await keysOf(later(bench))).toEqual([keyText(0)])
    bench.store.place(keyText(0), { modifiedAt: new Date(timeOfUploadId(uploadId(1)) + 1) })
    expect(await keysOf(later(bench))).toEqual([])
  })
})

describe('a file of a resource that is not in CKAN', () => {
  it('is unneeded, linked or not, with or without a record', async () => {
    const bench = createBench()
    await link(bench, [bench.upload(keyOf(1))])
    bench.upload(keyOf(2, OTHER))
    bench.store.place(keyText(0, 'some-other'))
    bench.catalog.remove(RESOURCE)
    const found = await candidates(later(bench))
    expect(found.map(({ key }) => key)).toEqual([keyText(1), keyText(2, OTHER), keyText(0, 'some-other')])
    expect(found[0]?.reason).toBe(`The resource ${RESOURCE} does not exist in CKAN.`)
  })

  it('stays while its parked message waits for an operator', async () => {
    const site = later(createBench())
    site.upload(keyOf(1))
    site.catalog.remove(RESOURCE)
    await parkEvent(site.deps, createdEvent(keyOf(1)), 'CKAN has no such resource.')
    expect(await keysOf(site)).toEqual([])
  })

  it('stays when the resource is in another dataset', async () => {
    const bench = createBench()
    await link(bench, [bench.upload(keyOf(1))])
    bench.catalog.set(RESOURCE, { ...bench.catalog.resource(RESOURCE), datasetId: 'another' })
    expect(await keysOf(later(bench))).toEqual([])
  })

  it('stays when CKAN knows the resource but not its dataset', async () => {
    const bench = createBench()
    bench.upload(keyOf(1))
    bench.catalog.remove(RESOURCE)
    bench.catalog.findDataset = async () => 'on-its-way'
    expect(await keysOf(later(bench))).toEqual([])
  })

  it('leads to an error when CKAN denies access', async () => {
    const site = later(createBench())
    site.upload(keyOf(1))
    site.catalog.override.readDataset = () => {
      throw new NotAllowedError('CKAN does not allow package_show.')
    }
    await expect(candidates(site)).rejects.toThrow('does not allow')
  })
})

describe('a file of an upload that was never linked', () => {
  it.each<[UploadRecord['state']]>([['failed'], ['aborted'], ['superseded'], ['expired']])(
    'is unneeded when the upload is %s',
    async (state) => {
      const [found] = await candidates(useless({ state, reason: 'Words.' }))
      expect(found).toMatchObject({
        key: keyText(1),
        reason: `The upload was never linked. Its state is ${state}: Words.`,
      })
    },
  )

  it.each<[string, Partial<UploadRecord> | null]>([
    ['may yet be linked', { state: 'issued' }],
    ['was linked once', { state: 'failed', linked: { version: 'v', size: 8, at: '2026-01-01T00:00:00Z' } }],
    ['has no record', null],
  ])('stays when it %s', async (_, record) => expect(await keysOf(useless(record))).toEqual([]))

  it('stays when the record with its id names another key', async () => {
    const site = useless({ state: 'failed' })
    const other = recordOf(keyOf(1), { state: 'failed', key: keyText(9) })
    site.store.place(`uplink/uploads/${other.id}.json`, { bytes: JSON.stringify(other) })
    expect(await keysOf(site)).toEqual([])
  })

  it('stays while its parked message waits for an operator', async () => {
    const site = useless({ state: 'failed', code: 'parked' })
    await parkEvent(site.deps, createdEvent(keyOf(1)), 'CKAN refused it.')
    expect(await keysOf(site)).toEqual([])
  })

  it('stays when it was requested a short time ago', async () => {
    expect(await keysOf(later(useless({ state: 'failed' }), DAYS))).toEqual([])
  })

  it.each([
    ['is shown without its version', `https://up.example.org/resource/${RESOURCE}/download/${uploadId(1)}/data.csv`],
    ['is shown at an address that the gateway had', `http://old.example.org/${uploadId(1)}?v=0123456789abcdef`],
  ])('stays when it %s', async (_, url) => expect(await keysOf(useless({ state: 'failed' }, url))).toEqual([]))

  it('stays at a plain key that CKAN shows before its record is linked', async () => {
    const bench = createBench()
    bench.upload(keyOf(0), { record: { state: 'failed' }, content: { etag: 'etag' } })
    expect(await keysOf(later(bench))).toEqual([keyText(0)])
    bench.catalog.set(RESOURCE, { url: await urlOf(keyOf(0), 'etag') })
    expect(await keysOf(later(bench))).toEqual([])
  })

  const ADDRESSES = [
    ['without its version', `https://up.example.org/resource/${RESOURCE}/download/data.csv`],
    [
      'at an address that the gateway had',
      `http://old.example.org/resource/${RESOURCE}/download/data.csv?v=0123456789abcdef`,
    ],
    ['at an address that the bucket had', `https://old-bucket.example.org/resources/api_uploads/${RESOURCE}`],
    [
      'by a URL in another spelling',
      `https://up.example.org/resource%2F${RESOURCE.replace('-', '%2D')}/download/100%25.csv`,
    ],
  ] as const
  it.each(ADDRESSES)('stays at a plain key that CKAN points to %s', async (_, url) => {
    for (const resource of [RESOURCE, OTHER]) {
      const bench = createBench({ resources: [resourceOf(RESOURCE), resourceOf(OTHER)] })
      bench.upload(keyOf(0), { record: { state: 'failed' } })
      bench.catalog.set(resource, { url })
      expect(await keysOf(later(bench))).toEqual([])
    }
  })

  it('stays when its key is malformed', async () => {
    const site = later(createBench())
    for (const key of ['resources/api_uploads/x', 'images/x', 'other/x']) site.store.place(key)
    expect(await keysOf(site)).toEqual([])
  })
})

describe('an image', () => {
  async function shown(order: number) {
    const bench = createImageBench()
    for (const each of [1, 2]) bench.uploadImage(imageKeyOf(each), { record: { linked: LINKED } })
    bench.show(await imageUrlOf(imageKeyOf(order), `etag of ${order}`))
    return { ...later(bench), show: bench.show }
  }

  it('is unneeded when CKAN shows a later image', async () => {
    expect(await keysOf(await shown(2))).toEqual([
      createdEvent(`images/organization/${OWNER_ID}/${uploadId(1)}/logo.png`).key,
    ])
  })

  it('stays when CKAN shows it, like a later image that may still be linked', async () =>
    expect(await keysOf(await shown(1))).toEqual([]))

  it('stays when its owner is deleted, but not when its owner does not exist', async () => {
    const site = await shown(2)
    site.show('', { state: 'deleted' })
    expect(await keysOf(site)).toEqual([])
    site.catalog.owners.clear()
    expect((await candidates(site)).map(({ reason }) => reason)).toEqual(
      [1, 2].map(() => `The organization ${OWNER_ID} does not exist in CKAN.`),
    )
  })
})

describe('finding unneeded files', () => {
  it('fails for a CKAN that points to no file here, because it may be the wrong one', async () => {
    const site = useless({ state: 'failed' })
    const lister = createTableLister(site.catalog)
    await expect(candidates({ ...site, deps: { ...site.deps, lister } })).rejects.toThrow("is this the bucket's CKAN?")
  })

  it('writes nothing, and reads the list of datasets once and each dataset of a batch once', async () => {
    const site = later(
      createBench({ resources: Array.from({ length: 150 }, (_, index) => resourceOf(`resource-${index}`)) }),
    )
    for (let index = 0; index < 150; index += 1) site.upload(keyOf(index + 1, `resource-${index}`))
    await candidates(site)
    expect([site.store.count('put'), site.store.count('remove'), site.catalog.calls]).toEqual([
      0,
      0,
      [DATASET_ID, DATASET_ID].map((id) => `readDataset ${id}`),
    ])
  })
})

describe('a site whose links have a former address', () => {
  it('is cleaned like any other, when the settings know the address', async () => {
    const site = await replaced()
    for (const { id, url } of site.catalog.all())
      site.catalog.set(id, { url: url.replace(site.settings.gatewayUrl, 'https://old.example.org') })
    expect(await keysOf(site)).toEqual([])
    const settings = { ...site.settings, formerUrls: ['https://old.example.org'] }
    expect(await keysOf({ ...site, settings, deps: { ...site.deps, settings } })).toEqual([keyText(1)])
  })
})
