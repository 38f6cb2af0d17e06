import { setTimeout as sleep } from 'node:timers/promises'
import { buildKey, DEFAULT_KEY_PREFIX } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../packages/cli/test/support/cli.ts'
import { only } from './support/ckan-calls.ts'
import { type Ended, linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

const CSV = new TextEncoder().encode('city,population\n東京,13960000\n')

let told: OperatedEdition
let untold: OperatedEdition

beforeAll(async () => {
  told = await openOperatedEdition()
  // Nobody hears of what is put there.
  untold = await openOperatedEdition({ local: { delaysMs: () => [] } })
})
afterAll(async () => {
  await untold?.close()
  await told?.close()
})

/** An upload of a dataset that was deleted meanwhile, which the linker has parked. */
async function parkUpload(): Promise<{ readonly dataset: string; readonly resource: string; readonly id: string }> {
  const dataset = await told.newDataset()
  const resource = only(dataset)
  await told.act('package_delete', { id: dataset.id })
  await told.store.put(buildKey(DEFAULT_KEY_PREFIX, { resourceId: resource }), CSV)
  let id: unknown
  await expect
    .poll(async () => (id = (await listed()).find(({ event }) => JSON.stringify(event).includes(resource))?.['id']))
    .toBeTruthy()
  return { dataset: dataset.id, resource, id: String(id) }
}

async function listed() {
  return linesOf(await told.operate('parked list --json'))
}

describe('parked', () => {
  it('shows what waits for somebody, and replays it once the cause is mended', async () => {
    const { dataset, resource, id } = await parkUpload()
    const { stdout } = await told.operate('parked list')
    expect(stdout).toMatch(/^id +parked +key +reason$/mu)
    expect(stdout).toContain(`${DEFAULT_KEY_PREFIX}${resource}`)
    expect(JSON.parse((await told.operate(`parked show ${id}`)).stdout)).toMatchObject({
      id,
      reason: expect.stringContaining('is deleted in CKAN'),
    })

    const tooSoon = await told.operate(`parked replay --resource ${resource} --json`)
    expect([tooSoon.code, linesOf(tooSoon)]).toMatchObject([
      1,
      [{ id, kind: 'parked', reason: expect.stringContaining('is deleted in CKAN') }],
    ])

    await told.act('package_patch', { id: dataset, state: 'active' }, 'admin')
    const replayed = await told.operate('parked replay --reason "is deleted in CKAN"')
    expect([replayed.code, replayed.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^✔ ${id} {2}linked {2}`, 'u')),
    ])
    expect((await told.resource(resource)).url).toContain(told.local.gateway)
    expect(await told.operate(`parked replay ${id}`)).toMatchObject({
      code: 1,
      stderr: `✘ ${id}: There is no such parked message.\n`,
    })
    expect(await told.operate('parked list')).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing is parked.\n' })
  })

  it('drops for good, but not where nobody can be asked', async () => {
    const { id } = await parkUpload()
    expect(await told.operate(`parked drop ${id}`)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--yes'),
    })
    expect(await told.operate(`parked drop ${id} --yes`)).toMatchObject({ code: 0, stdout: `✔ ${id}  dropped\n` })
    expect(await told.operate('parked drop --all --yes --json')).toMatchObject({ code: 0, stdout: '' })
  })

  it('keeps what nobody can read until it is dropped', async () => {
    await told.store.put('uplink/parked/scribble.json', new TextEncoder().encode('no message'))
    expect(await told.operate('parked replay --all')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('can only be dropped'),
    })
    expect(await told.operate('parked drop scribble --yes')).toMatchObject({ code: 0 })
  })
})

describe('reconcile', () => {
  const kinds = (ended: Ended) =>
    linesOf(ended).map(({ kind, outcome }) => (kind === 'object' ? (outcome as { readonly kind: string }).kind : kind))

  it('says what was missed, writes nothing until it is told to, and finds nothing afterwards', async () => {
    const dataset = await untold.newDataset()
    const { id } = await untold.uplink.upload(new Blob([CSV]), { resource: only(dataset), name: 'cities.csv' })
    const rehearsed = await untold.operate('reconcile')
    expect([rehearsed.code, rehearsed.stdout]).toEqual([
      1,
      expect.stringMatching(new RegExp(`would be linked +${DEFAULT_KEY_PREFIX}.*${id}`, 'u')),
    ])
    expect((await untold.resource(only(dataset))).url).toBe('')

    const fixed = await untold.operate(`reconcile --dataset ${dataset.id} --fix --json`)
    expect([fixed.code, kinds(fixed)]).toEqual([0, ['linked', 'total']])
    expect((await untold.resource(only(dataset))).url).toContain(id)
    expect(await untold.operate('reconcile --since 1d')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+ looked at: .*1 unchanged/u),
    })
  })

  it('tells of a file whose resource is not in CKAN, and of a resource whose file is not in the bucket', async () => {
    const dataset = await untold.newDataset()
    const { id } = await untold.uplink.upload(new Blob([CSV]), { resource: only(dataset), name: 'cities.csv' })
    await untold.operate('reconcile --fix')
    await untold.store.remove(
      buildKey(DEFAULT_KEY_PREFIX, { resourceId: only(dataset), uploadId: id, fileName: 'cities.csv' }),
    )
    const orphan = buildKey(DEFAULT_KEY_PREFIX, { resourceId: crypto.randomUUID() })
    await untold.store.put(orphan, CSV)
    const found = await untold.operate('reconcile --fix --json')
    expect([found.code, kinds(found)]).toEqual([1, ['orphan', 'object-gone', 'total']])
    expect(linesOf(found)).toMatchObject([
      { key: orphan },
      { resourceId: only(dataset), what_to_do: expect.stringContaining('Upload the file again') },
      { left: 2 },
    ])
  })

  it('knows only datasets that there are', async () => {
    expect(await untold.operate('reconcile --dataset nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no dataset "nowhere"'),
    })
  })
})

describe('clean', () => {
  it('removes what nothing in CKAN needs, once it is told to, and nothing else', async () => {
    const dataset = await untold.newDataset()
    const { id } = await untold.uplink.upload(new Blob([CSV]), { resource: only(dataset), name: 'cities.csv' })
    await untold.operate('reconcile --fix')
    const orphan = buildKey(DEFAULT_KEY_PREFIX, { resourceId: crypto.randomUUID() })
    await untold.store.put(orphan, CSV)
    expect(await untold.operate('clean --older-than 30d')).toMatchObject({
      code: 0,
      stdout: '0 would be removed, 0.0 MiB.\n',
    })
    const rehearsed = await untold.operate('clean --older-than 0s')
    expect([rehearsed.code, rehearsed.stdout]).toEqual([1, expect.stringContaining(`would be removed  ${orphan}`)])
    expect(await untold.store.head(orphan)).toBeDefined()

    expect(await untold.operate('clean --older-than 0s --fix')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\d+ removed, 0\.0 MiB/u),
    })
    expect(await untold.store.head(orphan)).toBeUndefined()
    const linked = buildKey(DEFAULT_KEY_PREFIX, { resourceId: only(dataset), uploadId: id, fileName: 'cities.csv' })
    expect((await untold.store.get(linked))?.bytes).toEqual(CSV)
  })

  it.each(['clean --older-than 30d', 'reconcile', 'parked replay --all'])(
    'refuses a token from which CKAN hides datasets, as does %s',
    async (args) => {
      const { editor } = untold.ckan.tokens
      expect(await untold.operate(args, { CKAN_API_TOKEN: 'mistyped' })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('not known'),
      })
      expect(await untold.operate(args, { CKAN_API_TOKEN: editor })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('not a sysadmin'),
      })
    },
  )
})

describe('a reconciliation that is cut short', () => {
  it('goes on where Ctrl-C has stopped it', async () => {
    const keys = Array.from({ length: 120 }, () => buildKey(DEFAULT_KEY_PREFIX, { resourceId: crypto.randomUUID() }))
    for (let first = 0; first < keys.length; first += 10)
      await Promise.all(keys.slice(first, first + 10).map((key) => untold.store.put(key, CSV)))
    const child = untold.startOperating('reconcile --json')
    const seen: string[] = []
    child.stdout?.on('data', (chunk) => seen.push(String(chunk)))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    while (seen.length === 0) await sleep(10)
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    const before = keysIn(seen.join(''))
    const second = await untold.operate('reconcile --json')
    expect(second.stderr).toContain('was cut short')
    const after = keysIn(second.stdout)
    expect(before.length).toBeLessThan(keys.length)
    expect([...before, ...after]).toEqual(expect.arrayContaining(keys))
    expect((await untold.operate('reconcile --json')).stderr).toBe('')
  })

  function keysIn(stdout: string): readonly unknown[] {
    return linesOf({ code: 0, stdout, stderr: '' }).map(({ key }) => key)
  }
})

describe("an operator's command", () => {
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runCli(args, { cwd: '/', program: 'npm run uplink', env })

  it.each([
    ['parked replay', []],
    ['parked replay 0123 --all', []],
    ['clean', []],
    ['clean --older-than soon', []],
    ['reconcile --since yesterday', []],
    ['doctor --gateway nowhere', []],
    ['doctor --gateway https://elsewhere.example.org', []],
    ['doctor --reach nowhere', []],
    ['doctor --env nowhere', []],
  ])('calls "%s" wrong use', async (args) => {
    expect(await told.operate(args)).toMatchObject({ code: 2, stdout: '' })
  })

  it.each([
    ['cloudflare-example', ['R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY', 'CLOUDFLARE_API_TOKEN', 'CKAN_API_TOKEN']],
    ['aws-example', ['aws sso login', 'CKAN_API_TOKEN']],
    ['azure-example', ['az login', 'CKAN_API_TOKEN']],
  ])('says for %s all that is missing, at once', async (name, missing) => {
    const { code, stderr } = await run(['reconcile', '--env', name], {
      HOME: told.folder,
      AWS_EC2_METADATA_DISABLED: 'true',
    })
    expect(code).toBe(2)
    for (const words of missing) expect(stderr).toContain(words)
  })

  it('has to know which environment is meant', async () => {
    expect(await run(['doctor'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--env') })
  })

  it.each(['parked list', 'parked show', 'parked replay', 'parked drop', 'reconcile', 'clean', 'doctor'])(
    '%s explains itself with examples',
    async (command) => {
      expect(await run([...command.split(' '), '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/Examples?:\n {2}npm run uplink/u),
      })
    },
  )

  it('is told of where the published command has none', async () => {
    const { stdout } = await runCli(['--help'], { cwd: '/', env: {} })
    expect(stdout).toMatch(/The commands for operators .*npm run uplink/u)
    expect(stdout).not.toMatch(/^ {2}doctor/mu)
  })
})
