import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createUplink, type Uplink } from '@ckan-uplink/client'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCli, startCli } from './support/cli.ts'

type Shown = { readonly resources: readonly { readonly name: string; readonly url: string }[] }

let home: string
let ckan: CkanStandIn
let local: LocalHandle
let editor: Uplink
let env: Readonly<Record<string, string>>
/** No load ends while the clock of CKAN stands still. */
let stoppedAt: Date | undefined

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ckan-uplink-test-'))
  ckan = await startCkanStandIn({ extensions: ['xloader'], clock: () => stoppedAt ?? new Date() })
  local = await startLocal({
    folder: join(home, '.local'),
    ports: await choosePorts('0'),
    ckan: { url: ckan.url, token: ckan.tokens.admin },
    settings: { ALLOW_HTTP_CKAN: 'true' },
  })
  editor = createUplink({ gateway: local.gateway, token: ckan.tokens.editor })
  env = {
    CKAN_UPLINK_GATEWAY: local.gateway,
    CKAN_API_TOKEN: ckan.tokens.editor,
    XDG_STATE_HOME: join(home, 'state'),
  }
  await writeFile(join(home, 'table.csv'), 'a,b\n1,2\n')
  await writeFile(join(home, 'slow.csv'), 'a,b\n1,2\n')
  await writeFile(join(home, 'notes.txt'), 'No table.')
  await writeFile(join(home, 'wrong.xlsx'), 'no spreadsheet')
})
afterAll(async () => {
  await local?.close()
  await ckan?.close()
  await rm(home, { recursive: true, force: true })
})

function upload(...args: readonly string[]): readonly string[] {
  return ['upload', ...args, '--dataset', ckan.dataset, '--wait', 'loaded']
}

async function isLinked(name: string): Promise<boolean> {
  const { resources } = await editor.action<Shown>('package_show', { id: ckan.dataset })
  return resources.some((resource) => resource.name === name && resource.url !== '')
}

describe('ckan-uplink that waits until files are loaded', () => {
  it('waits for tables, and is done with other files when they are linked', async () => {
    const args = upload('notes.txt', 'table.csv', '--timeout', '60', '--json')
    const { code, stdout } = await runCli(args, { cwd: home, env })
    expect([code, linesOf(stdout)]).toMatchObject([0, [{ state: 'linked' }, { state: 'loaded' }]])
    const ids = linesOf(stdout).map((line) => String(line['upload']))
    const watched = await runCli(['watch', ...ids, '--for', 'loaded', '--timeout', '60'], { cwd: home, env })
    expect(watched).toMatchObject({ code: 0, stderr: '' })
  })

  it('names the upload of a file that is never linked', async () => {
    const { code, stdout } = await runCli(upload('wrong.xlsx', '--json'), { cwd: home, env })
    const [line] = linesOf(stdout)
    expect([code, line]).toMatchObject([1, { state: 'failed', upload: expect.any(String) }])
    expect(await editor.show(String(line?.['upload']))).toMatchObject({ state: 'failed' })
  })

  it('does not say of a linked file that it is missing, when it is interrupted', async () => {
    stoppedAt = new Date()
    const child = startCli(upload('slow.csv'), { cwd: home, env })
    const ended = new Promise((resolve) => child.once('close', resolve))
    const stderr = child.stderr === null ? '' : text(child.stderr)
    await expect.poll(() => isLinked('slow.csv'), { timeout: 20_000 }).toBe(true)
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    expect(await stderr).toMatch(/^✘ slow\.csv {2}upload \S+: Stopped\. Run the same command again to continue\.\n$/u)
    stoppedAt = undefined
    const again = await runCli(upload('slow.csv', '--timeout', '60'), { cwd: home, env })
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✔ slow\.csv {2}loaded/u) })
  })
})
