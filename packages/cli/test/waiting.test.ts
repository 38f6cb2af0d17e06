import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, runCli, startCli } from './support/cli.ts'
import { type LocalSite, openLocalSite } from './support/local-site.ts'

type Shown = { readonly resources: readonly { readonly name: string; readonly url: string }[] }

let site: LocalSite
let env: Readonly<Record<string, string>>
/** No load ends while the clock of CKAN stands still. */
let stoppedAt: Date | undefined

beforeAll(async () => {
  site = await openLocalSite({ extensions: ['xloader'], clock: () => stoppedAt ?? new Date() })
  env = {
    CKAN_UPLINK_GATEWAY: site.local.gateway,
    CKAN_API_TOKEN: site.ckan.tokens.editor,
    XDG_STATE_HOME: join(site.home, 'state'),
  }
  await writeFile(join(site.home, 'table.csv'), 'a,b\n1,2\n')
  await writeFile(join(site.home, 'slow.csv'), 'a,b\n1,2\n')
  await writeFile(join(site.home, 'notes.txt'), 'No table.')
  await writeFile(join(site.home, 'wrong.xlsx'), 'no spreadsheet')
})
afterAll(async () => {
  await site?.close()
})

function upload(...args: readonly string[]): readonly string[] {
  return ['upload', ...args, '--dataset', site.ckan.dataset, '--wait', 'loaded']
}

async function isLinked(name: string): Promise<boolean> {
  const { resources } = await site.editor.action<Shown>('package_show', { id: site.ckan.dataset })
  return resources.some((resource) => resource.name === name && resource.url !== '')
}

describe('ckan-uplink that waits until files are loaded', () => {
  it('waits for tables, and is done with other files when they are linked', async () => {
    const args = upload('notes.txt', 'table.csv', '--timeout', '60', '--json')
    const { code, stdout } = await runCli(args, { cwd: site.home, env })
    expect([code, linesOf(stdout)]).toMatchObject([0, [{ state: 'linked' }, { state: 'loaded' }]])
    const ids = linesOf(stdout).map((line) => String(line['upload']))
    const watched = await runCli(['watch', ...ids, '--for', 'loaded', '--timeout', '60'], { cwd: site.home, env })
    expect(watched).toMatchObject({ code: 0, stderr: '' })
  })

  it('names the upload of a file that is never linked', async () => {
    const { code, stdout } = await runCli(upload('wrong.xlsx', '--json'), { cwd: site.home, env })
    const [line] = linesOf(stdout)
    expect([code, line]).toMatchObject([1, { state: 'failed', upload: expect.any(String) }])
    expect(await site.editor.show(String(line?.['upload']))).toMatchObject({ state: 'failed' })
  })

  it('does not say of a linked file that it is missing, when it is interrupted', async () => {
    stoppedAt = new Date()
    const child = startCli(upload('slow.csv'), { cwd: site.home, env })
    const ended = new Promise((resolve) => child.once('close', resolve))
    const stderr = child.stderr === null ? '' : text(child.stderr)
    await expect.poll(() => isLinked('slow.csv')).toBe(true)
    child.kill('SIGINT')
    expect(await ended).toBe(1)
    expect(await stderr).toMatch(/^✘ slow\.csv {2}upload \S+: Stopped\. Run the same command again to continue\.\n$/u)
    stoppedAt = undefined
    const again = await runCli(upload('slow.csv', '--timeout', '60'), { cwd: site.home, env })
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✔ slow\.csv {2}loaded/u) })
  })
})
