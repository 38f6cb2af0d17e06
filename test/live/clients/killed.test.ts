import { createHash, randomFillSync } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { createUplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { linesOf, runCliProcess, startCli } from '../../../packages/cli/test/support/cli.ts'

const PART_BYTES = 16 * 1024 ** 2
const PARTS = 64
const KILLS = 3

let folder: string
let local: LocalHandle
/** The numbers of the parts that the store has taken, in order, as the store reports them. */
let taken: number[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-killed-'))
  local = await startLocal({
    folder: join(folder, '.local'),
    ports: await choosePorts('0'),
    onStorageAnswer({ method, query }, status) {
      if (method === 'PUT' && query.has('partNumber') && status === 200) taken.push(Number(query.get('partNumber')))
    },
  })
  const file = await open(join(folder, 'large.bin'), 'w')
  const part = Buffer.alloc(PART_BYTES)
  for (let number = 1; number <= PARTS; number += 1) await file.write(randomFillSync(part))
  await file.close()
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

it(`a file of 1 GiB arrives although its client is killed ${KILLS} times, and no part is sent twice`, {
  timeout: 300_000,
}, async () => {
  const args = ['upload', 'large.bin', '--dataset', local.dataset ?? '', '--json']
  const options = { cwd: folder, env: { XDG_STATE_HOME: join(folder, 'state') } }
  let there: readonly number[] = []
  for (let kill = 1; kill <= KILLS; kill += 1) {
    taken = []
    const running = startCli(args, options)
    const gone = new Promise((resolve) => running.once('close', resolve))
    const enough = 1 + Math.floor((Math.random() * (PARTS - there.length)) / 2)
    await expect.poll(() => taken.length, { interval: 5 }).toBeGreaterThanOrEqual(enough)
    await sleep(Math.random() * 200)
    running.kill('SIGKILL')
    await gone
    // A part that was completely sent may not be in the store yet.
    await sleep(1000)
    expect(taken.filter((number) => there.includes(number))).toEqual([])
    there = await arrivedParts()
    expect(there.length).toBeGreaterThanOrEqual(enough)
  }

  taken = []
  const { code, stdout } = await runCliProcess(args, options)
  expect([code, linesOf(stdout)]).toMatchObject([0, [{ state: 'linked' }]])
  expect(taken.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: PARTS }, (_, index) => index + 1).filter((number) => !there.includes(number)),
  )
  const { url, size } = await editor().action<{ readonly url: string; readonly size: number }>('resource_show', {
    id: linesOf(stdout)[0]?.['resource'],
  })
  expect(size).toBe(PARTS * PART_BYTES)
  expect(await hashOf((await fetch(url)).body ?? [])).toBe(await hashOf(createReadStream(join(folder, 'large.bin'))))
})

function editor() {
  return createUplink({ gateway: local.gateway, token: local.tokens?.editor })
}

/** The store's list of parts for the only remembered upload. */
async function arrivedParts(): Promise<readonly number[]> {
  const kept = join(folder, 'state', 'ckan-uplink', 'uploads')
  const [name = ''] = await readdir(kept)
  const { upload } = JSON.parse(await readFile(join(kept, name), 'utf8'))
  const { parts } = await editor().action<{ readonly parts: readonly { readonly part_number: number }[] }>(
    'upload_list_parts',
    { id: upload.id },
  )
  return parts.map(({ part_number }) => part_number)
}

async function hashOf(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(content, hash)
  return hash.digest('hex')
}
