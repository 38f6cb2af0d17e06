import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTerminal, type Typist } from './in-terminal.ts'

const GREEN = '\u001b[32m'
const CTRL_C = '\u0003'

let folder: string
let local: LocalHandle

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-terminal-'))
  local = await startLocal({ folder: join(folder, '.local'), ports: await choosePorts('0') })
  for (const name of ['a.csv', 'b.csv'])
    await writeFile(join(folder, name), Buffer.alloc(40 * 1024 ** 2, 'city,population\n'))
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

function type(args: readonly string[], { env = {}, ...typist }: Partial<Typist> = {}) {
  return inTerminal(args, { cwd: folder, env: { XDG_STATE_HOME: join(folder, 'state'), ...env }, ...typist })
}

describe('ckan-uplink in a terminal', () => {
  it('shows one bar for all files with speed and time left, and a bar for each file under way', async () => {
    const { shown } = await type(['upload', 'a.csv', 'b.csv', '--dataset', local.dataset ?? ''])
    expect(shown).toMatch(/\d+ % {2}\d of 2 files {2}\d+\.\d MiB\/s {2}\S+ left/u)
    for (const name of ['a', 'b']) expect(shown).toMatch(new RegExp(`\\d+ % {2}${name}\\.csv`, 'u'))
    expect(shown).toContain(`${GREEN}✔`)
    expect(shown).toContain('\u001b[?25h')
  })

  it('shows no colour with NO_COLOR', async () => {
    const [resource = ''] = local.resources ?? []
    expect((await type(['upload', 'a.csv', '--resource', resource], { env: { NO_COLOR: '1' } })).shown).not.toContain(
      GREEN,
    )
  })

  it('asks for a missing token and does not show it', async () => {
    const [resource = ''] = local.resources ?? []
    const token = local.tokens?.editor ?? ''
    const env = { CKAN_UPLINK_GATEWAY: local.gateway.replace('127.0.0.1', 'localhost') }
    const { shown, code } = await type(['upload', 'a.csv', '--resource', resource], {
      env,
      answers: [['Your CKAN token for http://localhost', `${token}\r`]],
    })
    expect([code, shown]).toMatchObject([0, expect.stringContaining('a.csv  linked')])
    expect(shown).not.toContain(token.slice(0, 8))
    for (const [answer, expected] of [['\r', 2] as const, [CTRL_C, 1] as const]) {
      expect(await type(['token', 'list'], { env, answers: [['Your CKAN token', answer]] })).toMatchObject({
        code: expected,
      })
    }
  })

  it('shows the tokens and revokes them only after a yes', async () => {
    const { tokens } = createUplink({ gateway: local.gateway, token: local.tokens?.editor })
    for (const name of ['laptop one', 'laptop two']) await tokens.create('editor', name)
    const revoke = (answer: string) =>
      type(['token', 'revoke', '--name-like', 'laptop'], { answers: [['Revoke these 2 tokens? [y/N]', answer]] })
    for (const answer of ['\r', 'n\r', CTRL_C])
      expect(await revoke(answer)).toMatchObject({ code: 1, shown: expect.stringContaining('laptop two') })
    expect((await tokens.list('editor')).length).toBe(3)
    expect(await revoke('y\r')).toMatchObject({ code: 0, shown: expect.stringMatching(/revoked {2}laptop one/u) })
    expect((await tokens.list('editor')).length).toBe(1)
  })
})
