import { createMemoryStore } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import { bring } from '../src/migrate/bring.ts'

const BYTES = new TextEncoder().encode('a,b\n1,2\n')

/** How a file comes to a store that compares its copies, or does not. */
async function look({ isCompared, maxVerifyBytes }: { readonly isCompared: boolean; readonly maxVerifyBytes: number }) {
  const store = createMemoryStore()
  await store.put('old', BYTES)
  const steps: string[] = []
  const prepared = { isCompared, complete: async () => {}, abort: async () => void steps.push('abort') }
  const importer = {
    copy: async (_from: unknown, _to: unknown, { mustBeCompared = false } = {}) => {
      if (mustBeCompared && !isCompared) return undefined
      steps.push('copy')
      return prepared
    },
    write: async (bytes: AsyncIterable<Uint8Array>) => {
      for await (const chunk of bytes) steps.push(`write ${chunk.length} bytes`)
      return { ...prepared, isCompared: true }
    },
  }
  const read = async (key: string) =>
    (async function* () {
      yield (await store.get(key))?.bytes ?? new Uint8Array()
    })()
  const { sha256 } = await bring(
    { key: 'old', object: await store.head('old') } as never,
    { key: 'new', declared: {} } as never,
    {
      source: { name: 'bucket', store, isInStore: true, read },
      importer,
      linkDeps: { settings: { maxVerifyBytes } },
    } as never,
  )
  return { steps, hasHash: sha256 !== undefined }
}

describe('a file of another bucket of the store', () => {
  it('is copied inside the store, which compares it', async () => {
    expect((await look({ isCompared: true, maxVerifyBytes: 7 })).steps).toEqual(['copy'])
    expect((await look({ isCompared: true, maxVerifyBytes: 8 })).steps).toEqual(['copy'])
  })

  it('has its SHA-256 computed for the linker, where the store compares no copy', async () => {
    expect(await look({ isCompared: false, maxVerifyBytes: 8 })).toEqual({ steps: ['copy'], hasHash: true })
  })

  it('passes through this machine at once if the linker would not read it, and the store compares no copy', async () => {
    const steps = ['write 8 bytes']
    expect(await look({ isCompared: false, maxVerifyBytes: 7 })).toEqual({ steps, hasHash: true })
  })
})
