import { scanFile } from '@ckan-uplink/core/operations'
import { noteWaiting, type Verdict, versionOf, waitingFiles } from '@ckan-uplink/core/uploads'
import { createMemoryStore, type MemoryStore } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { scanWaiting } from '../src/scan/scan-waiting.ts'
import { collect } from './support/collect.ts'

const FILE = { id: 'upload-1', key: 'resources/api_uploads/r/upload-1/a.csv', since: new Date() }
const CALLS = 'resources/api_uploads/uplink-calls/upload-1.'
const clock = { now: () => new Date(), sleep: async () => {} }
const settings = { keyPrefix: 'resources/api_uploads/' }
const bytesOf = (text: string) => new TextEncoder().encode(text)

async function waitingStore(): Promise<MemoryStore> {
  const store = createMemoryStore()
  await store.put(FILE.key, bytesOf('first'))
  await noteWaiting(store, FILE, clock.now())
  return store
}

/** A scanner that reads everything, and does something before it answers. */
function scanner(before: () => Promise<unknown> = async () => {}) {
  return async (content: AsyncIterable<Uint8Array>): Promise<Verdict> => {
    const pieces = await collect(content)
    await before()
    return { result: 'infected', found: Buffer.concat(pieces).toString() }
  }
}

async function waiting(store: MemoryStore): Promise<readonly string[]> {
  return (await collect(waitingFiles(store))).map(({ key }) => key)
}

describe('scanning a file', () => {
  it('stores the verdict on the version, calls the linker, and the file no longer waits', async () => {
    const store = await waitingStore()
    const { etag = '' } = (await store.head(FILE.key)) ?? {}
    await scanFile({ settings, store, clock, scan: scanner() }, FILE)
    expect(store.json(`uplink/scans/verdicts/upload-1/${await versionOf(etag)}.json`)).toMatchObject({
      result: 'infected',
      found: 'first',
      by: 'ClamAV',
    })
    expect(store.keys().filter((key) => key.startsWith(CALLS))).toHaveLength(1)
    expect(await waiting(store)).toEqual([])
  })

  it('lets a content that is put during the scan wait again', async () => {
    const store = await waitingStore()
    await scanFile({ settings, store, clock, scan: scanner(() => store.put(FILE.key, bytesOf('second'))) }, FILE)
    expect(await waiting(store)).toEqual([FILE.key])
    expect(await scanFile({ settings, store, clock, scan: scanner() }, FILE)).toMatchObject({ found: 'second' })
  })

  it('does not wait again when the linker removes the infected file at once', async () => {
    const store = await waitingStore()
    const put: MemoryStore['put'] = async (key, bytes, options) => {
      if (key.startsWith(CALLS)) await store.remove(FILE.key)
      return store.put(key, bytes, options)
    }
    await scanFile({ settings, store: { ...store, put }, clock, scan: scanner() }, FILE)
    expect(await waiting(store)).toEqual([])
  })

  it('goes on after a crash without a second scan', async () => {
    const store = await waitingStore()
    const remove = async () => {
      throw new Error('It crashed.')
    }
    await expect(scanFile({ settings, store: { ...store, remove }, clock, scan: scanner() }, FILE)).rejects.toThrow()
    const never = async () => {
      throw new Error('It is scanned a second time.')
    }
    expect(await scanFile({ settings, store, clock, scan: never }, FILE)).toMatchObject({ found: 'first' })
    expect(await waiting(store)).toEqual([])
  })

  it('does nothing for a file that is gone', async () => {
    const store = await waitingStore()
    await store.remove(FILE.key)
    expect(await scanFile({ settings, store, clock, scan: scanner() }, FILE)).toBeUndefined()
    expect(store.keys()).toEqual([])
  })
})

describe('scanning all files that wait', () => {
  it('tries a failed file again later, and ends at the signal', async () => {
    const store = await waitingStore()
    const stop = new AbortController()
    let attempts = 0
    const scan = async (content: AsyncIterable<Uint8Array>) => {
      attempts += 1
      if (attempts < 3) throw new Error('clamd is busy.')
      return scanner()(content)
    }
    const results = []
    for await (const scanned of scanWaiting(
      { settings, store, clock, scan },
      { watch: true, signal: stop.signal, pauseMs: 2 },
    )) {
      results.push('failure' in scanned ? scanned.failure : scanned.verdict.result)
      if (results.length === 3) stop.abort()
    }
    expect(results).toEqual(['clamd is busy.', 'clamd is busy.', 'infected'])
  })
})
