import { NotAllowedError } from '@ckan-uplink/client'
import { describe, expect, it } from 'vitest'
import type { Action, Sender } from '../src/prepare.ts'
import { askToRestore } from '../src/versions/ask-to-restore.ts'
import { createVersions, type Shown, type Version } from '../src/versions/versions.ts'
import { wordsFor } from '../src/words/languages.ts'

const version = (upload: string, state: Version['state'] = 'replaced') => ({
  upload,
  state,
  name: `${upload}.csv`,
  size: 5,
})
const SHOWN = { url: 'https://uploads.example.org/c.csv', last_modified: '2026-01-31T11:00:00', upload: 'c' }
/** The pages by the `after` of their requests. */
const PAGES: Readonly<Record<string, object>> = {
  first: { versions: [version('c', 'current'), version('b')], shown: SHOWN, next: 'b' },
  b: { versions: [], shown: SHOWN, next: 'a' },
  a: { versions: [version('0')], shown: SHOWN, next: null },
}

function open({ url, isForbidden = false }: { url?: string; isForbidden?: boolean } = {}) {
  const calls: (readonly [name: string, params: object])[] = []
  const action: Action = async (name, params) => {
    calls.push([name, params])
    if (isForbidden) throw new NotAllowedError('User ruth not authorized to edit resource r')
    if (name === 'resource_restore') return { upload: { id: 'copy' } }
    if (params['upload'] !== undefined) return { versions: [{ ...version('b'), open_url: url }], next: null }
    return PAGES[String(params['after'] ?? 'first')]
  }
  const waitFor = (async (id: string, goal: string) => void calls.push([goal, { id }])) as unknown as Sender['waitFor']
  return { calls, versions: createVersions({ action, waitFor }, 'r') }
}

describe('the versions of a resource', () => {
  it('come page by page, also after a page without any', async () => {
    const { calls, versions } = open()
    expect(calls).toEqual([])
    const first = await versions.list()
    expect(first).toMatchObject({ versions: [{ upload: 'c', state: 'current' }, { upload: 'b' }], next: 'b' })
    expect(await versions.list('b')).toMatchObject({ versions: [{ upload: '0' }], next: null })
    expect(calls.map(([, params]) => params)).toEqual([
      { id: 'r', after: undefined },
      { id: 'r', after: 'b' },
      { id: 'r', after: 'a' },
    ])
  })

  it('are asked for five times at most while their pages are empty', async () => {
    let asked = 0
    const action: Action = async () => {
      asked += 1
      return { versions: [], next: `after ${asked}` }
    }
    const versions = createVersions({ action, waitFor: (async () => {}) as unknown as Sender['waitFor'] }, 'r')
    expect(await versions.list()).toEqual({ versions: [], next: 'after 5' })
  })

  it('are opened by an address that the gateway gives at that moment', async () => {
    const { calls, versions } = open({ url: 'https://bucket.example.org/b.csv' })
    expect(await versions.addressOf('b')).toBe('https://bucket.example.org/b.csv')
    expect(calls).toEqual([['resource_versions', { id: 'r', upload: 'b' }]])
    expect(await open().versions.addressOf('b')).toBeUndefined()
  })

  it('are restored until CKAN shows the copy, over what CKAN showed with the list', async () => {
    const { calls, versions } = open()
    const { shown } = await versions.list()
    calls.length = 0
    await versions.restore('b', shown)
    expect(calls).toEqual([
      ['resource_restore', { id: 'r', upload: 'b', replaces: SHOWN }],
      ['linked', { id: 'copy' }],
    ])
  })

  it('stay closed for people who may not update the resource', async () => {
    const { versions } = open({ isForbidden: true })
    await expect(versions.list()).rejects.toThrow('not authorized')
    await expect(versions.restore('b', SHOWN)).rejects.toThrow('not authorized')
  })
})

describe('the question before a restoration', () => {
  const { words } = wordsFor('en')
  const files = [version('c', 'current'), version('b'), version('w', 'withdrawn')]
  const ask = (shown: Partial<Shown>) => askToRestore(words, 'b.csv', { ...SHOWN, upload: undefined, ...shown }, files)

  it('names the present file, which stays in the list', () => {
    expect(ask({ upload: 'c' })).toContain('The present file, c.csv, stays in this list.')
  })

  it('names an address that is no version, since it is lost', () => {
    const text = ask({ url: 'https://example.org/x' })
    expect(text).toMatch(/replaces the address https:\/\/example\.org\/x, which is no version: note it/u)
  })

  it.each([
    ['a file that is further down the list', { upload: 'older' }],
    ['no address', { url: '' }],
    ['a file that was withdrawn', { upload: 'w' }],
  ])('names none if CKAN shows %s', (_, shown) => {
    expect(ask(shown)).toContain('in place of what CKAN shows now')
  })
})
