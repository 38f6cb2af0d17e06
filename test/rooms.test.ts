import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import * as aws from '@ckan-uplink/aws'
import * as azure from '@ckan-uplink/azure'
import * as cloudflare from '@ckan-uplink/cloudflare'
import { describe, expect, it } from 'vitest'

const ROOMS = { cloudflare, aws, azure }
const CLOUDS = Object.keys(ROOMS) as readonly (keyof typeof ROOMS)[]

/** What every provider's room gives; a room may give more, to reach what only its cloud has. */
const COMMON = [
  'createDeadLetters',
  'createMultipartSigner',
  'createSigner',
  'createStore',
  'decode',
  'readGatewayConfig',
  'readLinkerConfig',
  'settingNames',
]
const FILES = [
  'config.ts',
  'dead-letters.ts',
  'decode.ts',
  'handle-batch.ts',
  'index.ts',
  'multipart-signer.ts',
  'app.ts',
  'signer.ts',
  'store.ts',
]
const CONTRACTS = ['describeObjectStore', 'describeUploadSigner', 'describeMultipartSigner', 'describeDeadLetters']

async function textsIn(folder: string): Promise<string> {
  if (!existsSync(folder)) return ''
  const names = (await readdir(folder, { recursive: true })).filter(
    (name) => name.endsWith('.ts') && !name.includes('node_modules'),
  )
  return (await Promise.all(names.map((name) => readFile(`${folder}/${name}`, 'utf8')))).join('\n')
}

describe('who knows the room of one cloud', () => {
  it.each(CLOUDS)('knows that of %s: the same names, each a function', (cloud) => {
    const room: Readonly<Record<string, unknown>> = ROOMS[cloud]
    expect(COMMON.map((name) => [name, typeof room[name]])).toEqual(COMMON.map((name) => [name, 'function']))
  })

  it.each(CLOUDS)('finds the same files in that of %s, and the same parts', async (cloud) => {
    expect(await readdir(`packages/${cloud}/src`)).toEqual(expect.arrayContaining(FILES))
    const parts = await readFile(`packages/${cloud}/src/app.ts`, 'utf8')
    expect([...parts.matchAll(/^export function (\w+)/gmu)].map(([, name]) => name)).toEqual([
      'createGatewayApp',
      'createLinkerApp',
    ])
  })

  it.each(CLOUDS)('may rely on the same contracts for %s', async (cloud) => {
    const tests = (await textsIn(`packages/${cloud}/test`)) + (await textsIn(`test/live/${cloud}`))
    for (const contract of CONTRACTS) expect(tests).toContain(`${contract}(`)
  })
})
