import { NotAllowedError } from '@ckan-uplink/client'
import { describe, expect, it } from 'vitest'
import type { Action, Sender } from '../src/prepare.ts'
import { createVersions } from '../src/versions/versions.ts'

const version = (upload: string, state = 'replaced') => ({ upload, state, name: `${upload}.csv`, size: 5 })
/** The pages by the `after` of their requests. */
const PAGES: Readonly<Record<string, object>> = {
  first: { versions: [version('c', 'current'), version('b')], next: 'b' },
  b: { versions: [], next: 'a' },
  a: { versions: [version('0')], next: null },
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

  it('are opened by an address that the gateway gives at that moment', async () => {
    const { calls, versions } = open({ url: 'https://bucket.example.org/b.csv' })
    expect(await versions.addressOf('b')).toBe('https://bucket.example.org/b.csv')
    expect(calls).toEqual([['resource_versions', { id: 'r', upload: 'b' }]])
    expect(await open().versions.addressOf('b')).toBeUndefined()
  })

  it('are restored until CKAN shows the copy', async () => {
    const { calls, versions } = open()
    await versions.restore('b')
    expect(calls).toEqual([
      ['resource_restore', { id: 'r', upload: 'b' }],
      ['linked', { id: 'copy' }],
    ])
  })

  it('stay closed for people who may not update the resource', async () => {
    const { versions } = open({ isForbidden: true })
    await expect(versions.list()).rejects.toThrow('not authorized')
    await expect(versions.restore('b')).rejects.toThrow('not authorized')
  })
})
