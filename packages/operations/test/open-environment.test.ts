import { readFrom, readSettings } from '@ckan-uplink/core/settings'
import { createMemoryStore } from '@ckan-uplink/testing'
import { describe, expect, it } from 'vitest'
import type { Deployment } from '../src/deployment.ts'
import { openEnvironment } from '../src/open-environment.ts'

const PLACEHOLDER = 'https://placeholder.example.net'
const TOKEN = { CKAN_API_TOKEN: 'token' }

/** A deployment whose cloud chose the address of the gateway. */
function trial(findGateway: () => Promise<string>): Deployment {
  const variables = { CKAN_URL: 'https://data.example.org', GATEWAY_URL: PLACEHOLDER, BUCKET_NAME: 'files' }
  return {
    name: 'trial',
    settings: readFrom(variables, readSettings),
    findGateway,
    open: async () => ({
      store: createMemoryStore(),
      deadLetters: { drain: async () => 0 },
      decode: () => ({ events: [] }),
      importer: { copy: async () => undefined, write: () => Promise.reject(new Error('There is no bucket.')) },
      openSource: (name) => ({ name, store: createMemoryStore(), isInStore: true, read: async () => undefined }),
      urlOf: async (key) => key,
      uploadHeaders: [],
      checks: [],
    }),
  }
}

function refuse(): Promise<string> {
  return Promise.reject(new Error('You may not read it.'))
}

async function gatewayOf(deployment: Deployment, env: Readonly<Record<string, string>>, withoutCkan = false) {
  const { linkDeps } = await openEnvironment(() => deployment, { env: 'trial', withoutCkan }, { ...TOKEN, ...env })
  return linkDeps.settings.gatewayUrl
}

describe("a gateway's address that the cloud chose", () => {
  it('is read from the cloud', async () => {
    expect(
      await gatewayOf(
        trial(async () => 'https://chosen.example.net'),
        {},
      ),
    ).toBe('https://chosen.example.net')
  })

  it('can be given by an operator who may not read it', async () => {
    const env = { CKAN_UPLINK_GATEWAY: 'https://mine.example.net/' }
    expect(await gatewayOf(trial(refuse), env)).toBe('https://mine.example.net')
    await expect(gatewayOf(trial(refuse), {})).rejects.toThrow('You may not read it. Give it with --gateway or ')
  })

  it('is not needed to list parked messages', async () => {
    expect(await gatewayOf(trial(refuse), {}, true)).toBe(PLACEHOLDER)
  })
})
