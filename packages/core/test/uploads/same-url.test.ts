import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSameUrl } from '../../src/uploads/same-url.ts'

const FILE = 'dataset/d1/resource/r1/download/x.csv'
const segments = fc.stringMatching(/^[0-9A-Za-z_.-]{1,12}$/)
const languages = fc.constantFrom('', '/de', '/pt_BR', '/zh_Hans_CN', '/sr@latin', '/fil')
const roots = fc.constantFrom('', '/data', '/portal/data')

it('finds the file of CKAN by its URL in each language', () => {
  const property = fc.property(roots, languages, languages, segments, (root, one, other, name) => {
    const urlIn = (language: string) => `https://ckan${root}${language}/dataset/d/resource/r/download/${name}`
    expect(isSameUrl(urlIn(one), urlIn(other))).toBe(true)
  })
  fc.assert(property)
})

it('tells URLs apart that differ in anything else', () => {
  const property = fc.property(fc.array(segments, { minLength: 6, maxLength: 6 }), languages, (names, language) => {
    const [host, dataset, resource, name, at, changed] = names
    const parts = [host, dataset, resource, name]
    const urlOf = ([h, d, r, n]: typeof parts, l: string) => `https://${h}${l}/dataset/${d}/resource/${r}/download/${n}`
    const index = (at?.length ?? 0) % parts.length
    fc.pre(parts[index] !== changed)
    expect(isSameUrl(urlOf(parts, ''), urlOf(parts.with(index, changed), language))).toBe(false)
  })
  fc.assert(property)
})

it('reads a long URL in linear time', () => {
  // In quadratic time this would take minutes.
  const long = '/de_a/dataset/a/resource/b/download'.repeat(100_000)
  expect(isSameUrl(`https://ckan${long}`, `https://ckan${long}/a/b`)).toBe(false)
})

it.each([
  ['a link without a file of CKAN', 'https://example.org/x.csv', 'https://example.org/de/x.csv'],
  ['another page of the resource', 'https://ckan/dataset/d1/resource/r1', 'https://ckan/de/dataset/d1/resource/r1'],
  ['a folder that is no language', `https://ckan/${FILE}`, `https://ckan/other/${FILE}`],
  ['two folders', `https://ckan/${FILE}`, `https://ckan/de/fr/${FILE}`],
  ['a host like a language', `https://de/${FILE}`, `https://fr/${FILE}`],
  ['no URL', '', `https://ckan/${FILE}`],
  ['a URL that goes on', `https://ckan/${FILE}`, `https://ckan/${FILE}/de`],
])('tells %s apart', (_, one, other) => {
  expect(isSameUrl(one, other)).toBe(false)
  expect(isSameUrl(other, one)).toBe(false)
})
