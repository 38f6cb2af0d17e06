import { describe, expect, it } from 'vitest'
import { miniflareOptions } from '../src/miniflare-options.ts'

describe('the Workers of the local edition', () => {
  it("have the service's token at the linker alone, and the credentials that sign at the gateway alone", () => {
    const { workers } = miniflareOptions({
      port: 0,
      scripts: { gateway: '', linker: '' },
      bucketEventsScript: '',
      credentials: { accessKeyId: 'id', secretAccessKey: 'signing secret' },
      files: {},
      objects: 'objects',
      ckan: { url: 'http://127.0.0.1:9', token: 'service token' },
      settings: {},
      onLog: () => undefined,
    }) as {
      readonly workers: readonly { readonly name: string; readonly bindings?: Readonly<Record<string, string>> }[]
    }
    const holding = (secret: string) =>
      workers.filter(({ bindings = {} }) => Object.values(bindings).includes(secret)).map(({ name }) => name)
    expect([holding('service token'), holding('signing secret')]).toEqual([['linker'], ['gateway']])
  })
})
