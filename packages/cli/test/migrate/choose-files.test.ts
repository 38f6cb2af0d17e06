import { describe, expect, it } from 'vitest'
import { chooseFiles } from '../../src/migrate/choose-files.ts'
import { permitFor } from '../../src/migrate/permitted-hosts.ts'
import type { ShownDataset, ShownResource } from '../../src/migrate/shown.ts'

const ID = '6e2a4cb0-7c9c-4a3a-8a3e-6f1f2f3c4d5e'
const CKAN = 'https://data.example.org'
const DOWNLOAD = `${CKAN}/dataset/d/resource/${ID}/download/a%20b.csv`
const choice = { hosts: ['old.example.org'], includePrivate: false, movedBefore: new Set([ID]) }

function choose(resource: Partial<ShownResource>, more: Partial<ShownDataset> & { includePrivate?: boolean } = {}) {
  const dataset = { id: 'd', name: 'd', resources: [{ id: ID, url: DOWNLOAD, ...resource }], ...more }
  return chooseFiles(dataset, { ...choice, includePrivate: more.includePrivate ?? false })
}

describe('the files that move', () => {
  it("are those of CKAN's own store, by their names", () => {
    const [file] = choose({ url_type: 'upload', size: '12' }).files
    expect(file).toMatchObject({ from: 'store', name: 'a b.csv', bytes: 12 })
  })

  it.each([
    ['a link to a named host', { url: 'https://old.example.org/x/a.csv' }, 1],
    ['a link to another host', { url: 'https://example.org/a.csv' }, 0],
    ['a table that exists only in the DataStore', { url_type: 'datastore' }, 0],
    [
      'a file that the gateway has linked',
      { url: `https://old.example.org/${ID}/01933b1c-8f00-7a50-9c7e-2f6a1b0c9d8e/a.csv` },
      0,
    ],
    ['a resource without a URL', { url: '' }, 0],
  ])('%s', (_, resource, count) => {
    const { files, leftOut } = choose(resource)
    expect([files.length, leftOut]).toEqual([count, []])
  })

  it('are none that CKAN mixed with an upload of a person', () => {
    const { files, leftOut } = choose({ url: 'http://data.csv', url_type: '' })
    expect([files, leftOut]).toMatchObject([[], [{ reason: expect.stringContaining('upload it again') }]])
  })

  it('are no tables of private datasets, because a loader could not read them', () => {
    const table = { url_type: 'upload', format: 'CSV', datastore_active: true }
    expect(choose(table, { private: true }).leftOut).toMatchObject([{ reason: expect.stringContaining('--private') }])
    expect(choose(table, { private: true, includePrivate: true }).files).toHaveLength(1)
    expect(choose({ ...table, format: 'PDF' }, { private: true }).files).toHaveLength(1)
    const { datastore_active: _, ...withoutDataStore } = table
    expect(choose(withoutDataStore, { private: true }).files).toHaveLength(1)
  })
})

describe('the addresses that are asked', () => {
  const own = [CKAN]
  const hosts = ['old.example.org']
  const permit = (from: 'store' | 'link', url: string) => () => {
    const [file] = choose(from === 'store' ? { url_type: 'upload' } : { url: 'https://old.example.org/x/a.csv' }).files
    if (file === undefined) throw new Error('There is no file.')
    return permitFor(file, { own, hosts })(new URL(url))
  }

  it.each([DOWNLOAD, `${CKAN}/en/dataset/d/resource/${ID}/download/a%20b.csv`, 'http://old.example.org/bucket/a'])(
    "are CKAN's own, and named hosts: %s",
    (url) => expect(permit('store', url)).not.toThrow(),
  )

  it.each([
    [`${CKAN}/user/login?came_from=x`, 'may this token read the file?'],
    ['https://bucket.example.org/a.csv', 'name that host with --host'],
  ])('are no other places that CKAN redirects to: %s', (url, reason) => expect(permit('store', url)).toThrow(reason))

  it.each([
    ['http://old.example.org/a.csv', 'is not https'],
    ['https://example.org/a.csv', 'name that host with --host'],
  ])('are for links only named hosts, by https: %s', (url, reason) => expect(permit('link', url)).toThrow(reason))

  it.each(['10.0.0.1', '169.254.169.254', '[::1]', '[fd00::1]', '[::ffff:127.0.0.1]'])('are public: not %s', (host) => {
    const url = `https://${host}/a.csv`
    const [file] = chooseFiles(
      { id: 'd', name: 'd', resources: [{ id: ID, url }] },
      { ...choice, hosts: [new URL(url).hostname] },
    ).files
    if (file === undefined) throw new Error('There is no file.')
    expect(() => permitFor(file, { own, hosts: [new URL(url).hostname] })(new URL(url))).toThrow('not a public address')
  })
})
