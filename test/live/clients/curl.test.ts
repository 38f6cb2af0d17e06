import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, only } from '../../support/ckan-calls.ts'
import { liveSites } from '../support/sites.ts'
import { type Edition, openEdition } from './edition.ts'

const execute = promisify(execFile)
const CSV = '都市,人口\n東京,13960000\n'
const SIZE = Buffer.byteLength(CSV)
const HASH = createHash('sha256').update(CSV).digest('hex')
const DECLARED = { name: '都市.csv', size: SIZE, mimetype: 'text/csv', hash: `sha256:${HASH}` }

describe.each(liveSites())('curl -T before CKAN $name, with size, type and hash declared', (site) => {
  let edition: Edition
  beforeAll(async () => {
    edition = await openEdition(site)
  })
  afterAll(() => edition?.close())

  it('stores only the declared file, once, and the file is linked', async () => {
    const resource = only(await edition.newDataset([{ name: 'Cities' }]))
    const { id, url, headers } = await askForUpload(resource)
    expect(Object.keys(headers).sort()).toEqual(['Content-Type', 'If-None-Match', 'x-amz-checksum-sha256'])

    const { 'x-amz-checksum-sha256': _, ...unchecked } = headers
    expect(await put(url, CSV, { ...headers, 'Content-Type': 'text/html' }), 'another type').toBe(403)
    expect(await put(url, CSV, unchecked), 'no hash').toBe(403)
    expect(await put(url, CSV, { ...headers, 'If-None-Match': '' }), 'without the condition that no file exists').toBe(
      403,
    )
    expect(await put(url, `${CSV}more\n`, headers), 'another size').toBe(403)
    expect(await put(url, CSV, headers), 'the declared file').toBe(200)
    expect(await put(url, CSV, headers), 'again').toBe(412)

    // A loader may have loaded it by now.
    const state = expect.stringMatching(/^(?:linked|loaded)$/u)
    expect(await settled(id)).toMatchObject({
      state,
      declared: DECLARED,
      linked: { size: SIZE, checksum: `sha256:${HASH}` },
    })
    expect(await edition.resource(resource)).toMatchObject({
      name: 'Cities',
      format: 'CSV',
      mimetype: 'text/csv',
      size: SIZE,
    })
  })

  it('never links a file of the declared size with different content', async () => {
    const resource = only(await edition.newDataset([{ name: 'Cities' }]))
    const { id, url, headers } = await askForUpload(resource)
    // R2 itself answers 400. The local edition's storage does not check the hash, so the linker does.
    expect(await put(url, CSV.replace('1', '2'), headers)).toBe(200)
    expect(await settled(id)).toMatchObject({ state: 'failed', code: 'checksum_mismatch' })
    expect((await edition.resource(resource)).url).toBe('')
  })

  async function askForUpload(id: string): Promise<Answer> {
    const { result } = await curl([
      '--json',
      JSON.stringify({ id, ...DECLARED }),
      ...asEditor(),
      `${edition.gateway}/api/3/action/resource_upload`,
    ])
    return result.upload
  }

  async function settled(id: string): Promise<Answer> {
    const show = () => curl([...asEditor(), `${edition.gateway}/uploads/${id}`])
    await expect.poll(async () => (await show()).state).not.toBe('issued')
    return show()
  }

  function asEditor(): readonly string[] {
    return ['-H', `Authorization: ${site.tokens.editor}`]
  }

  /** The status of the storage's answer. A header without a value is not sent. */
  async function put(url: string, content: string, headers: Readonly<Record<string, string>>): Promise<number> {
    const file = join(edition.folder, 'content.csv')
    await writeFile(file, content)
    const lines = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
    const { stdout } = await execute('curl', [
      '-sS',
      '-o',
      join(edition.folder, 'answer'),
      '-w',
      '%{http_code}',
      '-T',
      file,
      ...lines,
      url,
    ])
    return Number(stdout)
  }
})

async function curl(args: readonly string[]): Promise<Answer> {
  const { stdout } = await execute('curl', ['-sS', '--fail-with-body', ...args])
  return JSON.parse(stdout)
}
