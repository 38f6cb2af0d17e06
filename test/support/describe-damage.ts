import { createCatalog, createCkanClient, createDatasetLister } from '@ckan-uplink/ckan'
import type { ObjectStore } from '@ckan-uplink/core'
import {
  dryRun,
  findUnneededFiles,
  type OperationDeps,
  reconcile,
  removeUnneededFile,
} from '@ckan-uplink/core/operations'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { createMemoryStore } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CkanAccess, type CkanCalls, createCkanCalls } from './ckan-calls.ts'
import { DAMAGE, damage, purgeOrganizations, wordsOn } from './damage.ts'

interface Subject extends CkanAccess {
  /** Whether the CKAN outlives the test, which then has to remove its own data. */
  readonly isKept: boolean
  close(): Promise<void>
}

/** Damages a bucket in every way, and tests the findings, the fixes and the removals on a CKAN. */
export function describeDamage(name: string, start: () => Promise<Subject>): void {
  describe(`a bucket with every kind of damage, on ${name}`, { timeout: 120_000 }, () => {
    let subject: Subject
    let ckan: CkanCalls
    let deps: OperationDeps
    let keys: Readonly<Record<string, string>>
    beforeAll(async () => {
      subject = await start()
      ckan = createCkanCalls(subject)
      deps = depsFor(subject)
      keys = await damage({ deps, ckan })
    }, 120_000)
    afterAll(async () => {
      if (subject.isKept) await Promise.all([ckan.purge(), purgeOrganizations(ckan, keys)])
      await subject.close()
    })
    const expected = (of: 'found' | 'again') =>
      Object.fromEntries(Object.entries(DAMAGE).map(([kind, one]) => [kind, one[of]]))
    const cleanable = async () => {
      const found: string[] = []
      for await (const { key } of findUnneededFiles(deps, { olderThanDays: 0 })) found.push(key)
      return Object.entries(keys).flatMap(([kind, key]) => (found.includes(key) ? [kind] : []))
    }

    it('is reported by a dry run, which changes nothing', async () => {
      const before = [await everything(deps.store), await everyUrl(deps)]
      expect(await wordsOn(keys, reconcile(dryRun(deps), deps))).toEqual(expected('found'))
      expect([await everything(deps.store), await everyUrl(deps)]).toEqual(before)
    })

    it('is fixed as reported, once', async () => {
      expect(await wordsOn(keys, reconcile(deps, deps))).toEqual(expected('found'))
      const before = await everyUrl(deps)
      expect(await wordsOn(keys, reconcile(dryRun(deps), deps))).toEqual(expected('again'))
      expect(await wordsOn(keys, reconcile(deps, deps))).toEqual(expected('again'))
      expect(await everyUrl(deps)).toEqual(before)
    })

    it('loses only files that CKAN does not need', async () => {
      const before = await everything(deps.store)
      expect(await cleanable()).toEqual(Object.keys(DAMAGE).filter((kind) => DAMAGE[kind]?.isCleanable))
      expect(await everything(deps.store)).toEqual(before)
      const removed: string[] = []
      for await (const candidate of findUnneededFiles(deps, { olderThanDays: 0 }))
        if (await removeUnneededFile(deps, candidate)) removed.push(candidate.key)
      const after = await everything(deps.store)
      const isFile = (key: string) => !key.startsWith('uplink/')
      expect([...after].filter(([key]) => isFile(key))).toEqual(
        [...before].filter(([key]) => isFile(key) && !removed.includes(key)),
      )
      expect(removed).toHaveLength(Object.values(DAMAGE).filter(({ isCleanable }) => isCleanable).length)
      expect(await cleanable()).toEqual([])
    })
  })
}

function depsFor({ url, tokens }: CkanAccess): OperationDeps {
  const settings = readSettings(
    new SettingsReader({ CKAN_URL: url, GATEWAY_URL: 'https://uploads.example.org', BUCKET_NAME: 'files' }),
  )
  const client = createCkanClient({ url, concurrency: 4, timeoutMs: 20_000 })
  const token = tokens.admin
  const clock = { now: () => new Date(Date.now() + 60_000), sleep: async () => {} }
  return {
    settings,
    store: createMemoryStore(),
    catalog: createCatalog(client, { token }),
    lister: createDatasetLister(client, { token }),
    clock,
    logger: { log: () => {} },
  }
}

/** Every object with its ETag, which depends on the content. */
async function everything(store: ObjectStore): Promise<ReadonlyMap<string, string>> {
  const objects = new Map<string, string>()
  for await (const { key, etag } of store.list('')) objects.set(key, etag)
  return objects
}

async function everyUrl({ lister }: OperationDeps): Promise<readonly string[]> {
  const urls: string[] = []
  for await (const { resources } of lister.datasets())
    urls.push(...resources.map(({ id, url, lastModified }) => `${id} ${url} ${lastModified}`))
  return urls
}
