import { describe, expect, it } from 'vitest'
import { type CkanApi, only } from './ckan-subject.ts'

/** How CKAN reads the fields of a resource. */
export function describeResourceFields(ckan: () => CkanApi): void {
  async function patched(fields: object) {
    const id = only(await ckan().newDataset())
    return ckan().call('resource_patch', { id, ...fields })
  }

  describe('fields of a resource', () => {
    it('knows formats by name and media type, and leaves what it does not know', async () => {
      const cases = [
        ['csv', 'CSV'],
        ['text/csv', 'CSV'],
        ['text/csv; charset=utf-8', 'text/csv; charset=utf-8'],
        ['.csv', '.csv'],
        ['application/octet-stream', 'BIN'],
        ['video/mpeg', 'MP3'],
        ['application/geo+json', 'GeoJSON'],
        ['application/vnd.geo+json', 'application/vnd.geo+json'],
        ['application/gzip', 'GZ'],
        ['application/x-zip-compressed', 'application/x-zip-compressed'],
        ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'XLSX'],
        ['jpg', 'JPEG'],
        ['text/xml', 'XML'],
        ['dbf', 'dBase'],
        ['image/webp', 'image/webp'],
        ['Parquet', 'Parquet'],
        ['gtfs', 'GTFS'],
      ]
      const { id } = await ckan().newDataset(cases.map(([format]) => ({ format })))
      const { resources } = await ckan().dataset(id)
      expect(
        resources.map((resource: { format: string }, index: number) => [cases[index]?.[0], resource.format]),
      ).toEqual(cases)
    })

    it('guesses a format from the URL of a new resource, and never later', async () => {
      const urls = [
        'http://example.org/a.pdf',
        'http://example.org/a.csv?sig=1',
        'http://example.org/a.parquet',
        'http://example.org/',
      ]
      const { id, resourceIds } = await ckan().newDataset(urls.map((url) => ({ url })))
      const { resources } = await ckan().dataset(id)
      expect(resources.map((resource: { format: string }) => resource.format)).toEqual(['PDF', '', '', ''])
      await ckan().result('package_revise', {
        match: { id },
        [`update__resources__${resourceIds[3]}`]: { url: 'http://example.org/b.pdf' },
      })
      expect((await ckan().resource(resourceIds[3] ?? '')).format).toBe('')
    })

    it.each(['2024-05-06T07:08:09', '2024-05-06T07:08:09.123000', '2024-05-06T07:08:09.123456'])(
      'keeps the time %s as it is',
      async (last_modified) => {
        expect((await patched({ last_modified })).body.result.last_modified).toBe(last_modified)
      },
    )

    it.each([
      ['2024-05-06', '2024-05-06T00:00:00'],
      ['2024-05-06 07:08:09', '2024-05-06T07:08:09'],
    ])('takes the time %s for %s', async (last_modified, expected) => {
      expect((await patched({ last_modified })).body.result.last_modified).toBe(expected)
    })

    it.each(['2024-05-06T07:08:09Z', '2024-05-06T09:08:09+02:00'])(
      'refuses the zone of %s in 2.10, and takes it for UTC later',
      async (last_modified) => {
        const reply = await patched({ last_modified })
        if (ckan().version === '2.10')
          expect(reply.body.error).toMatchObject({ last_modified: ['Date format incorrect'] })
        else expect((await ckan().resource(reply.body.result.id)).last_modified).toBe('2024-05-06T07:08:09')
      },
    )

    it.each(['yesterday', '2024-13-01T00:00:00', 20240506])('refuses the time %s', async (last_modified) => {
      expect(await patched({ last_modified })).toMatchObject({
        status: 409,
        body: { error: { last_modified: ['Date format incorrect'] } },
      })
    })

    it.each([
      ['10', 10],
      [10, 10],
      [-1, -1],
      [5_000_000_000_000, 5_000_000_000_000],
      ['', null],
    ])('takes the size %j for %j', async (size, expected) => {
      expect((await patched({ size })).body.result.size).toBe(expected)
    })

    it.each([10.5, 'x', '10.5'])('refuses the size %j', async (size) => {
      expect(await patched({ size })).toMatchObject({ status: 409, body: { error: { size: ['Invalid integer'] } } })
    })

    it('breaks over a size beyond 63 bits', async () => {
      expect((await patched({ size: 2 ** 64 })).status).toBe(500)
    })

    it('strips blanks off a URL, and shows one without a scheme with http', async () => {
      expect((await patched({ url: '  https://example.org/a  ' })).body.result.url).toBe('https://example.org/a')
      expect((await patched({ url: 'example.org/a' })).body.result.url).toBe('http://example.org/a')
      expect((await patched({ url: 's3://bucket/key' })).body.result.url).toBe('s3://bucket/key')
    })

    it('shows an upload under its own address, with the last part of the URL made plain', async () => {
      const reply = await patched({ url: 'https://bucket.example.org/a/My  Data (1).CSV', url_type: 'upload' })
      const { id, package_id } = reply.body.result
      expect(reply.body.result.url).toMatch(
        new RegExp(`^http://[^/]+/dataset/${package_id}/resource/${id}/download/my-data-1.csv$`, 'u'),
      )
    })

    it('keeps custom fields of any kind, and turns a name that is no text into text', async () => {
      const fields = { custom_int: 4, custom_text: '4', custom_list: [1, { a: null }], custom_flag: true }
      expect((await patched(fields)).body.result).toMatchObject(fields)
      expect((await patched({ name: 5 })).body.result.name).toBe('5')
    })

    it('takes a list of objects for a custom field in 2.12 alone', async () => {
      const reply = await patched({ listed: [{ a: 1 }] })
      if (ckan().version === '2.12') expect(reply.body.result.listed).toEqual([{ a: 1 }])
      else
        expect(reply).toMatchObject({
          status: 409,
          body: { error: { __junk: [expect.stringContaining("'listed', 0, 'a'")] } },
        })
    })

    it('does not let a caller set id, dataset, position or state', async () => {
      const dataset = await ckan().newDataset([{}, {}])
      const id = dataset.resourceIds[1] ?? ''
      await ckan().call('resource_patch', { id, package_id: crypto.randomUUID(), position: 0, state: 'deleted' })
      expect(await ckan().resource(id)).toMatchObject({ id, package_id: dataset.id, position: 1, state: 'active' })
    })
  })
}
