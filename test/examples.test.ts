import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { welcome } from '../packages/local/src/welcome.ts'

const execute = promisify(execFile)
const CSV = 'city,population\n東京,13960000\n'
/** A block of code, and the file that the comment before it names. */
const BLOCK = /(?:<!-- (examples\/\S+) -->\n\n)?^```(\w+)\n([\s\S]*?)^```$/gmu
/** Languages whose blocks in a README come from a file that a test runs or compiles. */
const TESTED = ['js', 'ts', 'python']

const readmes = [
  'README.md',
  ...(await readdir('packages', { withFileTypes: true })).map(({ name }) => `packages/${name}/README.md`),
]

async function blocksOf(readme: string) {
  const text = await readFile(readme, 'utf8').catch(() => '')
  return [...text.matchAll(BLOCK)].map(([, file, language = '', code = '']) => ({ readme, file, language, code }))
}

describe('code in the READMEs', async () => {
  const blocks = (await Promise.all(readmes.map(blocksOf))).flat()

  it('comes from a file in examples, where a program can read it', () => {
    const untested = blocks.filter(({ file, language }) => TESTED.includes(language) && file === undefined)
    expect(untested.map(({ readme, code }) => `${readme}: ${code}`)).toEqual([])
  })

  it('is the same as in that file', async () => {
    const named = blocks.filter(({ file }) => file !== undefined)
    expect(named.length).toBeGreaterThan(8)
    for (const { file = '', code } of named) expect(await readFile(file, 'utf8')).toContain(code)
  })

  it('shows each example of a package', async () => {
    const shown = blocks.map(({ file }) => file)
    const files = (await readdir('examples/packages')).map((name) => `examples/packages/${name}`)
    expect(files.filter((file) => !shown.includes(file))).toEqual([])
  })
})

describe('examples that sign a URL', () => {
  afterAll(() => {
    vi.unstubAllEnvs()
  })

  it.each([
    [
      'cloudflare',
      /^https:\/\/account\.r2\.cloudflarestorage\.com\/open-data\/incoming\/airports\.csv\?.*X-Amz-Signature=/u,
    ],
    ['aws', /^https:\/\/open-data\.s3\.eu-central-1\.amazonaws\.com\/incoming\/airports\.csv\?.*X-Amz-Signature=/u],
    ['azure', /^https:\/\/portal\.blob\.core\.windows\.net\/open-data\/incoming\/airports\.csv\?.*sig=/u],
  ])('%s', async (cloud, address) => {
    vi.stubEnv('R2_ACCOUNT_ID', 'account')
    vi.stubEnv('R2_ACCESS_KEY_ID', 'id')
    vi.stubEnv('R2_SECRET_ACCESS_KEY', 'key')
    vi.stubEnv('AWS_REGION', 'eu-central-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'id')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'key')
    vi.stubEnv('STORAGE_ACCOUNT_KEY', 'a2V5')
    const { url } = await import(`../examples/packages/${cloud}.ts`)
    expect(url).toMatch(address)
  })
})

describe('examples on the local edition', () => {
  let folder: string
  let local: LocalHandle

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
    local = await startLocal({ folder: join(folder, 'local'), ports: await choosePorts('0') })
    await writeFile(join(folder, 'cities.csv'), CSV)
  })
  afterAll(async () => {
    await local?.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function run(example: string, args: readonly string[], token = local.tokens?.editor): Promise<string> {
    const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', CKAN_API_TOKEN: token ?? '' }
    return (await execute(process.execPath, ['-C', 'source', example, ...args], { env, timeout: 250_000 })).stdout
  }

  it('npm start: the printed lines upload a file, wait for it, and show its resource', async () => {
    const lines = welcome(local, 0)
      .split('\n')
      .filter((line) => /^ {2}(?:answer=|url=|upload=|while |curl )/u.test(line))
    const { stdout } = await execute('sh', ['-euc', lines.join('\n')], { timeout: 60_000 })
    expect(JSON.parse(stdout).result).toMatchObject({ id: local.resources?.[0], format: 'CSV', mimetype: 'text/csv' })
  })

  it('npm start: with a CKAN of your own, the lines take token and resource from the environment', () => {
    const { tokens: _, resources: _resources, ...own } = local
    const text = welcome(own, 0)
    expect(text.match(/"Authorization: \$CKAN_API_TOKEN"/gu)).toHaveLength(3)
    expect(text).toContain('id=$RESOURCE_ID')
    expect(welcome({ ...own, resources: ['airports-1'] }, 0)).toContain('id=airports-1 ')
  })

  it('node: uploads a file and prints its resource', async () => {
    const output = await run('examples/node/upload.ts', [
      local.gateway,
      local.dataset ?? '',
      join(folder, 'cities.csv'),
    ])
    expect(output).toContain("name: 'cities.csv'")
    const url = /url: '(.+)'/u.exec(output)?.[1] ?? ''
    expect(await (await fetch(url)).text()).toBe(CSV)
  })

  it('node: fails with a reason for an unknown token', async () => {
    const args = [local.gateway, local.dataset ?? '', join(folder, 'cities.csv')]
    await expect(run('examples/node/upload.ts', args, 'wrong')).rejects.toThrow('NotAllowedError')
  })

  it('ckan: says whether a caller may update a resource', async () => {
    const [resource = ''] = local.resources ?? []
    const ask = (token = '') => run('examples/packages/ckan.ts', [local.ckan, resource, token])
    expect(await Promise.all([ask(local.tokens?.editor), ask('')])).toEqual(['true\n', 'false\n'])
  })
})
