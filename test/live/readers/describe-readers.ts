import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { installRequirements } from '../../../scripts/ckan/requirements.ts'
import { type CkanCalls, only } from '../../support/ckan-calls.ts'
import type { GatewayCalls } from '../support/gateway-calls.ts'

/** A portal whose files are read. */
export interface Portal extends Pick<CkanCalls, 'newDataset' | 'resource'>, Pick<GatewayCalls, 'askForUrl'> {
  /** The token of a user who may read the private dataset. */
  readonly token: string
  /** The address on this machine of a URL that CKAN shows. */
  reach(url: string): string
  /** The file of a certificate that readers have to trust. */
  readonly certificate?: string
}

const FILES = ['table.csv', 'table.csv.gz', 'table.json.gz', 'table.parquet', 'towns.zip']
const environment = fileURLToPath(new URL('../../../.local/readers', import.meta.url))
const execute = promisify(execFile)

/** The programs with which people read files, with a token and without, on the files that CKAN shows. */
export function describeReaders(open: () => Portal): void {
  let folder: string
  let urls: Readonly<Record<string, string>>

  beforeAll(async () => {
    await installRequirements(join(import.meta.dirname, 'requirements.txt'), environment, 'readers')
    folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-readers-'))
    await python('make_files.py', folder)
    const open = await publish(FILES, false)
    urls = { ...open, private: (await publish(['table.csv'], true))['table.csv'] ?? '' }
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function publish(names: readonly string[], isPrivate: boolean): Promise<Readonly<Record<string, string>>> {
    const published = names.map(async (name) => {
      const id = only(await open().newDataset(1, { private: isPrivate }))
      const { url, headers } = await open().askForUrl(id, { name })
      const sent = await fetch(url, { method: 'PUT', headers, body: await readFile(join(folder, name)) })
      expect(sent.ok).toBe(true)
      await vi.waitUntil(async () => (await open().resource(id)).url !== '', { timeout: 180_000, interval: 200 })
      return [name, open().reach((await open().resource(id)).url)] as const
    })
    return Object.fromEntries(await Promise.all(published))
  }

  /** The variables by which programs trust the portal's certificate. */
  function trust(): Readonly<Record<string, string>> {
    const { certificate = '' } = open()
    if (certificate === '') return {}
    return { SSL_CERT_FILE: certificate, REQUESTS_CA_BUNDLE: certificate, CURL_CA_BUNDLE: certificate }
  }

  async function runR(program: string): Promise<string> {
    const env = { ...process.env, ...trust() }
    return (await execute('Rscript', ['--vanilla', '-e', program], { env })).stdout
  }

  const tokenInR = () => `c(Authorization = ${JSON.stringify(open().token)})`

  async function python(script: string, ...args: readonly string[]): Promise<string> {
    const env = {
      PYTHONDONTWRITEBYTECODE: '1',
      URLS: JSON.stringify(urls ?? {}),
      TOKEN: open().token,
      ...trust(),
      // GDAL in pyogrio trusts certifi's certificates alone.
      ...('SSL_CERT_FILE' in trust() && { GDAL_HTTP_UNSAFESSL: 'YES' }),
    }
    const { stdout } = await execute(`${environment}/bin/python`, [join(import.meta.dirname, script), ...args], { env })
    return stdout
  }

  /** Runs a program in a new folder, and returns the files that it leaves there. */
  async function save(program: string, args: readonly string[], before: Readonly<Record<string, string>> = {}) {
    const there = await mkdtemp(join(folder, 'saved-'))
    for (const [name, content] of Object.entries(before)) await writeFile(join(there, name), content)
    await execute(program, [...args], { cwd: there })
    const names = await readdir(there)
    const contents = names.map(async (name) => [name, await readFile(join(there, name))] as const)
    return Object.fromEntries(await Promise.all(contents))
  }

  const wget = (...args: readonly string[]) => {
    const { certificate } = open()
    return ['--quiet', ...(certificate === undefined ? [] : [`--ca-certificate=${certificate}`]), ...args]
  }
  const curl = (...args: readonly string[]) => {
    const { certificate } = open()
    return [
      '--silent',
      '--fail',
      '--location',
      ...(certificate === undefined ? [] : ['--cacert', certificate]),
      ...args,
    ]
  }
  const token = () => `Authorization: ${open().token}`
  const original = (name: string) => readFile(join(folder, name))

  it.each([
    'pandas_csv',
    'pandas_json',
    'pandas_token',
    'geopandas_zip',
    'pyogrio_zip',
    'duckdb_parquet',
    'duckdb_token',
    'urllib_public',
    'urllib_token',
    'urllib_part',
    'requests_token',
  ])('Python reads the file: %s', async (reader) => {
    expect(await python('readers.py', reader)).toBe(`ok     ${reader}\n`)
  })

  it.each([
    ['a table', (url: string) => `read.csv(${url})`, 'table.csv'],
    ['a compressed table', (url: string) => `read.csv(gzcon(url(${url}), text = TRUE))`, 'table.csv.gz'],
    ['a table with a token', (url: string) => `read.csv(url(${url}, headers = ${tokenInR()}))`, 'private'],
  ] as const)('R reads %s', async (_, read, name) => {
    expect(await runR(`cat(${read(JSON.stringify(urls[name]))}$town)`)).toBe('Bern Basel')
  })

  it('R saves a file with a token', async () => {
    const path = JSON.stringify(join(folder, 'saved-by-r.csv'))
    const save = `download.file(${JSON.stringify(urls['private'])}, ${path}, quiet = TRUE, headers = ${tokenInR()})`
    expect(await runR(`${save}; cat(read.csv(${path})$town)`)).toBe('Bern Basel')
  })

  it('wget saves a file under its name, also with a token', async () => {
    const name = 'table.csv.gz'
    expect(await save('wget', wget(urls[name] ?? ''))).toEqual({ [name]: await original(name) })
    const saved = await save('wget', wget(`--header=${token()}`, urls['private'] ?? ''))
    expect(saved).toEqual({ 'table.csv': await original('table.csv') })
  })

  it('curl saves a file under the name that the answer says', async () => {
    const name = 'towns.zip'
    expect(await save('curl', curl('-OJ', urls[name] ?? ''))).toEqual({ [name]: await original(name) })
  })

  it('curl takes its token along to every address', async () => {
    const saved = await save('curl', curl('--location-trusted', '-H', token(), '-O', urls['private'] ?? ''))
    expect(saved).toEqual({ 'table.csv': await original('table.csv') })
  })

  it.each([
    ['without a token', 'table.csv', []],
    ['with a token', 'private', ['--location-trusted']],
  ] as const)('curl resumes a download %s', async (_, key, options) => {
    const whole = await original('table.csv')
    const args = curl(...options, ...(key === 'private' ? ['-H', token()] : []), '-C', '-', '-O', urls[key] ?? '')
    const saved = await save('curl', args, { 'table.csv': whole.subarray(0, 10).toString() })
    expect(saved).toEqual({ 'table.csv': whole })
  })
}
