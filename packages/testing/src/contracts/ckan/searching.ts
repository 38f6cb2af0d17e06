import { describe, expect, it } from 'vitest'
import { type Answer, type CkanApi, only } from './ckan-subject.ts'

/** Letters only: CKAN's search takes a word with digits apart. */
const newWord = () =>
  crypto
    .randomUUID()
    .replaceAll('-', '')
    .replace(/\d/gu, (digit) => 'ghijklmnop'.charAt(Number(digit)))

/** The reading actions that clients use beside `package_show`. */
export function describeSearching(ckan: () => CkanApi): void {
  const namesOf = (found: Answer): string[] => found.results.map((dataset: { name: string }) => dataset.name)

  describe('package_search and package_list', () => {
    it('find a public dataset by its name and by a word of its title', async () => {
      const word = newWord()
      const { name } = await ckan().newDataset([{}], { title: `About ${word}` })
      expect(namesOf(await ckan().result('package_search', { q: word }))).toEqual([name])
      expect(namesOf(await ckan().result('package_search', { fq: `name:${name}` }))).toEqual([name])
      expect(await ckan().result('package_search', { q: word, rows: 0 })).toMatchObject({ count: 1, results: [] })
      expect(await ckan().result('package_list', {})).toContain(name)
    })

    it('hide drafts and deleted datasets, and private datasets unless the caller may see and requests them', async () => {
      const word = newWord()
      const hidden = await ckan().newDataset([{}], { title: word, private: true })
      await ckan().newDataset([{}], { title: word, state: 'draft' })
      const deleted = await ckan().newDataset([{}], { title: word })
      await ckan().result('package_delete', { id: deleted.id })
      expect(namesOf(await ckan().result('package_search', { q: word }))).toEqual([])
      expect(namesOf(await ckan().result('package_search', { q: word, include_private: true }))).toEqual([hidden.name])
      expect(namesOf(await ckan().result('package_search', { q: word, include_private: true }, 'outsider'))).toEqual([])
      for (const [fq, names] of [
        ['+capacity:private', [hidden.name]],
        ['+capacity:public', []],
      ] as const)
        expect(namesOf(await ckan().result('package_search', { q: word, fq, include_private: true }))).toEqual(names)
    })
  })

  describe('xloader_submit', () => {
    it('accepts one load at a time from users who may update the resource, if there is a loader', async () => {
      const id = only(await ckan().newDataset([{ url: `${ckan().url}/no-such-file.csv`, format: 'CSV' }]))
      const submit = (who: 'editor' | 'member') => ckan().call('xloader_submit', { resource_id: id }, who)
      const [first, other] = [await submit('editor'), await submit('member')]
      expect([first.status, other.status]).toEqual(ckan().xloader === true ? [200, 403] : [400, 400])
      if (ckan().xloader === true) expect(first.body.result).toBe(true)
    })
  })
}
