import { setTimeout as sleep } from 'node:timers/promises'
import { buildKey, DEFAULT_KEY_PREFIX } from '@ckan-uplink/core/uploads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ended, runCli } from '../packages/cli/test/support/cli.ts'
import { only } from './support/ckan-calls.ts'
import { linesOf, type OperatedEdition, openOperatedEdition } from './support/operated-edition.ts'

const CSV = new TextEncoder().encode('city,population\n東京,13960000\n')

let edition: OperatedEdition
/** An edition whose bucket sends no notifications. */
let silent: OperatedEdition

beforeAll(async () => {
  edition = await openOperatedEdition()
  silent = await openOperatedEdition({ local: { delaysMs: () => [] } })
})
afterAll(async () => {
  await silent?.close()
  await edition?.close()
})

/** Uploads a file to a deleted dataset and waits until the linker has parked the message. */
async function parkUpload(): Promise<{ readonly dataset: string; readonly resource: string; readonly id: string }> {
  const dataset = await edition.newDataset()
  const resource = only(dataset)
  await edition.act('package_delete', { id: dataset.id })
  await edition.store.put(buildKey(DEFAULT_KEY_PREFIX, { resourceId: resource }), CSV)
  let id: unknown
  await expect
    .poll(async () => (id = (await listed()).find(({ event }) => JSON.stringify(event).includes(resource))?.['id']))
    .toBeTruthy()
  return { dataset: dataset.id, resource, id: String(id) }
}

async function listed() {
  return linesOf(await edition.operate('parked list --json'))
}

describe('parked', () => {
  it('shows parked messages and replays them after the cause is fixed', async () => {
    const { dataset, resource, id } = await parkUpload()
    const { stdout } = await edition.operate('parked list')
    expect(stdout).toMatch(/^id +parked +key +reason$/mu)
    expect(stdout).toContain(`${DEFAULT_KEY_PREFIX}${resource}`)
    expect(JSON.parse((await edition.operate(`parked show ${id}`)).stdout)).toMatchObject({
      id,
      reason: expect.stringContaining('is deleted in CKAN'),
    })

    const tooSoon = await edition.operate(`parked replay --resource ${resource} --json`)
    expect([tooSoon.code, linesOf(tooSoon)]).toMatchObject([
      1,
      [{ id, kind: 'parked', reason: expect.stringContaining('is deleted in CKAN') }],
    ])

    await edition.act('package_patch', { id: dataset, state: 'active' }, 'admin')
    const replayed = await edition.operate('parked replay --reason "is deleted in CKAN"')
    expect([replayed.code, replayed.stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^✔ ${id} {2}linked {2}`, 'u')),
    ])
    expect((await edition.resource(resource)).url).toContain(edition.local.gateway)
    expect(await edition.operate(`parked replay ${id}`)).toMatchObject({
      code: 1,
      stderr: `✘ ${id}: There is no such parked message.\n`,
    })
    expect(await edition.operate('parked list')).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing is parked.\n' })
  })

  it('drops messages only after a confirmation or with --yes', async () => {
    const { id } = await parkUpload()
    expect(await edition.operate(`parked drop ${id}`)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--yes'),
    })
    expect(await edition.operate(`parked drop ${id} --yes`)).toMatchObject({ code: 0, stdout: `✔ ${id}  dropped\n` })
    expect(await edition.operate('parked drop --all --yes --json')).toMatchObject({ code: 0, stdout: '' })
  })

  it('keeps an unreadable message until it is dropped', async () => {
    await edition.store.put('uplink/parked/scribble.json', new TextEncoder().encode('no message'))
    expect(await edition.operate('parked replay --all')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('can only be dropped'),
    })
    expect(await edition.operate('parked drop scribble --yes')).toMatchObject({ code: 0 })
  })
})

describe('reconcile', () => {
  const kinds = (ended: Ended) =>
    linesOf(ended).map(({ kind, outcome }) => (kind === 'object' ? (outcome as { readonly kind: string }).kind : kind))

  it('shows missed uploads, links them only with --fix, and then finds none', async () => {
    const dataset = await silent.newDataset()
    const { id } = await silent.uplink.upload(new Blob([CSV]), { resource: only(dataset), name: 'cities.csv' })
    const dryRun = await silent.operate('reconcile')
    expect([dryRun.code, dryRun.stdout]).toEqual([
      1,
      expect.stringMatching(new RegExp(`would be linked +${DEFAULT_KEY_PREFIX}.*${id}`, 'u')),
    ])
    expect((await silent.resource(only(dataset))).url).toBe('')

    const fixed = await silent.operate(`reconcile --dataset ${dataset.id} --fix --json`)
    expect([fixed.code, kinds(fixed)]).toEqual([0, ['linked', 'total']])
    expect((await silent.resource(only(dataset))).url).toContain(id)
    expect(await silent.operate('reconcile --since 1d')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+ looked at: .*1 unchanged/u),
    })
  })

  it('reports files without a resource and resources without a file', async () => {
    const dataset = await silent.newDataset()
    const { id } = await silent.uplink.upload(new Blob([CSV]), { resource: only(dataset), name: 'cities.csv' })
    await silent.operate('reconcile --fix')
    await silent.store.remove(
      buildKey(DEFAULT_KEY_PREFIX, { resourceId: only(dataset), uploadId: id, fileName: 'cities.csv' }),
    )
    const orphan = buildKey(DEFAULT_KEY_PREFIX, { resourceId: crypto.randomUUID() })
    await silent.store.put(orphan, CSV)
    const found = await silent.operate('reconcile --fix --json')
    expect([found.code, kinds(found)]).toEqual([1, ['orphan', 'object-gone', 'total']])
    expect(linesOf(found)).toMatchObject([
      { key: orphan },
      { resourceId: only(dataset), what_to_do: expect.stringContaining('Upload the file again') },
      { left: 2 },
    ])
  })

  it('refuses a dataset that does not exist', async () => {
    expect(await silent.operate('reconcile --dataset nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no dataset "nowhere"'),
    })
  })
})

describe('clean', () => {
  it('removes, only with --fix, the files that CKAN does not need', async () => {
    const dataset = await silent.newDataset()
    const { id } = await silent.uplink.upload(new Blob([CSV]), { resource: only(dataset), name: 'cities.csv' })
    await silent.operate('reconcile --fix')
    const orphan = buildKey(DEFAULT_KEY_PREFIX, { resourceId: crypto.randomUUID() })
    await silent.store.put(orphan, CSV)
    expect(await silent.operate('clean --older-than 30d')).toMatchObject({
      code: 0,
      stdout: '0 would be removed, 0.0 MiB.\n',
    })
    const dryRun = await silent.operate('clean --older-than 0s')
    expect([dryRun.code, dryRun.stdout]).toEqual([1, expect.stringContaining(`would be removed  ${orphan}`)])
    expect(await silent.store.head(orphan)).toBeDefined()

    expect(await silent.operate('clean --older-than 0s --fix')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\d+ removed, 0\.0 MiB/u),
    })
    expect(await silent.store.head(orphan)).toBeUndefined()
    const linked = buildKey(DEFAULT_KEY_PREFIX, { resourceId: only(dataset), uploadId: id, fileName: 'cities.csv' })
    expect((await silent.store.get(linked))?.bytes).toEqual(CSV)
  })

  it.each(['clean --older-than 30d', 'reconcile', 'parked replay --all'])(
    '%s refuses the token of a user who is not a sysadmin',
    async (args) => {
      const { editor } = silent.ckan.tokens
      expect(await silent.operate(args, { CKAN_API_TOKEN: 'mistyped' })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('not known'),
      })
      expect(await silent.operate(args, { CKAN_API_TOKEN: editor })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('not a sysadmin'),
      })
    },
  )
})

describe('an interrupted reconciliation', () => {
  it('continues where Ctrl-C has stopped it', async () => {
    const keys = Array.from({ length: 120 }, () => buildKey(DEFAULT_KEY_PREFIX, { resourceId: crypto.randomUUID() }))
    for (let first = 0; first < keys.length; first += 10)
      await Promise.all(keys.slice(first, first + 10).map((key) => silent.store.put(key, CSV)))
    const child = silent.startOperating('reconcile --json')
    const seen: string[] = []
    child.stdout?.on('data', (chunk) => seen.push(String(chunk)))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    while (seen.length === 0) await sleep(10)
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    const before = keysIn(seen.join(''))
    const second = await silent.operate('reconcile --json')
    expect(second.stderr).toContain('Continues the interrupted run')
    const after = keysIn(second.stdout)
    expect(before.length).toBeLessThan(keys.length)
    expect([...before, ...after]).toEqual(expect.arrayContaining(keys))
    expect((await silent.operate('reconcile --json')).stderr).toBe('')
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
  ])('refuses "%s" as wrong usage', async (args) => {
    expect(await edition.operate(args)).toMatchObject({ code: 2, stdout: '' })
  })

  it.each([
    ['cloudflare-example', ['R2_ACCESS_KEY_ID', 'R2_SECRET_ACCESS_KEY', 'CLOUDFLARE_API_TOKEN', 'CKAN_API_TOKEN']],
    ['aws-example', ['aws sso login', 'CKAN_API_TOKEN']],
    ['azure-example', ['az login', 'CKAN_API_TOKEN']],
  ])('lists all missing settings of %s at once', async (name, missing) => {
    const { code, stderr } = await run(['reconcile', '--env', name], {
      HOME: edition.folder,
      AWS_EC2_METADATA_DISABLED: 'true',
    })
    expect(code).toBe(2)
    for (const words of missing) expect(stderr).toContain(words)
  })

  it('needs the name of an environment', async () => {
    expect(await run(['doctor'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--env') })
  })

  it.each(['parked list', 'parked show', 'parked replay', 'parked drop', 'reconcile', 'clean', 'doctor'])(
    '%s --help has examples',
    async (command) => {
      expect(await run([...command.split(' '), '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/Examples?:\n {2}npm run uplink/u),
      })
    },
  )

  it('is mentioned in the help of the published command, which lacks it', async () => {
    const { stdout } = await runCli(['--help'], { cwd: '/', env: {} })
    expect(stdout).toMatch(/The commands for operators .*npm run uplink/u)
    expect(stdout).not.toMatch(/^ {2}doctor/mu)
  })
})
