import { createCkanClient } from '@ckan-uplink/ckan'
import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { type CkanStandIn, type CkanStandInOptions, createMemoryStore, startCkanStandIn } from '@ckan-uplink/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { runChecks } from '../src/doctor/check.ts'
import { filesChecks } from '../src/doctor/files-check.ts'

const PREFIX = 'resources/api_uploads/'
const sites: CkanStandIn[] = []
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close()
})

interface Asked {
  readonly storage?: string
  readonly probe?: boolean
  readonly who?: 'admin' | 'editor'
}

/** What the check finds at a CKAN whose storage is our bucket, or a folder of its own. */
async function look(options: CkanStandInOptions, { storage = 'default', probe = true, who = 'admin' }: Asked = {}) {
  const store = createMemoryStore()
  const ours = (location: string) => store.keys().includes(PREFIX + location)
  const site = await startCkanStandIn({ hasObject: ours, ...options })
  sites.push(site)
  const env = {
    CKAN_URL: site.url,
    GATEWAY_URL: 'https://up.example.org',
    BUCKET_NAME: 'files',
    FILES_STORAGE: storage,
  }
  const client = createCkanClient({ url: site.url, concurrency: 1, timeoutMs: 5000 })
  const checks = filesChecks({
    client,
    token: site.tokens[who],
    store,
    settings: readFrom(env, readSettings),
    probe,
  })
  for await (const { state, found } of runChecks(checks)) {
    expect(store.keys()).toEqual([])
    const action = options.version === '2.12' ? 'file_owner_scan' : 'files_file_scan'
    const left = await client.call<{ count: number }>(action, {}, site.tokens.admin).catch(() => undefined)
    expect(left?.result.count ?? 0).toBe(0)
    return { state, found }
  }
  throw new Error('There is no check.')
}

describe("the doctor at CKAN's files", () => {
  it.each([
    ['CKAN 2.12', { version: '2.12' }],
    ['ckanext-files', { version: '2.11', extensions: ['files'] }],
  ] as const)('registers a file and removes it: %s', async (_, options) => {
    expect(await look(options)).toEqual({
      state: 'right',
      found: 'CKAN registers and removes files of the storage default',
    })
  })

  it.each([
    ['the storage leads elsewhere', { version: '2.12', hasObject: () => false }, {}, /has no object/u],
    ['CKAN has no such storage', { version: '2.12' }, { storage: 'other' }, /Storage other is not configured/u],
    ['CKAN has no such storage', { version: '2.12' }, { storage: 'other', probe: false }, /other is not configured/u],
    ['CKAN has no files', { version: '2.11' }, {}, /This CKAN has no files/u],
    ['the token is no token of a sysadmin', { version: '2.12' }, { who: 'editor' }, /Not allowed to manage files/u],
  ] as const)('finds that %s', async (_, options, asked, words) => {
    expect(await look(options, asked)).toEqual({ state: 'wrong', found: expect.stringMatching(words) })
  })

  it('only finds the storage without the probe', async () => {
    expect(await look({ version: '2.12' }, { probe: false })).toMatchObject({ state: 'hint' })
  })
})
