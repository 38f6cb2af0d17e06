import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cliCommand, cliEnvironment } from './support/cli.ts'

let ckan: CkanStandIn
beforeAll(async () => {
  ckan = await startCkanStandIn()
})
afterAll(() => ckan.close())

async function action(args: readonly string[], stdin = '') {
  const [command, ...rest] = cliCommand(['action', ...args])
  const env = cliEnvironment({ CKAN_UPLINK_GATEWAY: ckan.url, CKAN_API_TOKEN: ckan.tokens.editor })
  const child = spawn(command, rest, { cwd: tmpdir(), env })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.stdin.end(stdin)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, stdout, stderr }
}

describe('ckan-uplink action', () => {
  it('runs any action with text, JSON and an object on stdin, and prints the result as JSON', async () => {
    const dataset = JSON.stringify({ name: 'noise', title: 'Nois', owner_org: ckan.organization })
    const created = await action(['package_create', '-', 'title=Noise = loud: yes', 'private:=true', '--json'], dataset)
    expect([created.code, created.stderr]).toEqual([0, ''])
    expect(JSON.parse(created.stdout)).toMatchObject({ name: 'noise', title: 'Noise = loud: yes', private: true })
    expect(created.stdout.trimEnd()).not.toContain('\n')
    const shown = await action(['package_show', 'id=noise'])
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\{\n {2}"/u) })
    expect(JSON.parse(shown.stdout)).toEqual(JSON.parse(created.stdout))
  })

  it('sends values as text unless they are marked as JSON', async () => {
    await action(['package_create', 'name=text', `owner_org=${ckan.organization}`, 'title=42'])
    expect(JSON.parse((await action(['package_show', 'id=text'])).stdout)).toMatchObject({ title: '42' })
  })

  it('fails with the reason of CKAN', async () => {
    expect(await action(['package_show', 'id=none'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^✘ package_show: .*(?:404|not found)/iu),
    })
  })

  it.each([
    ['a word that is no parameter', ['package_show', 'air-quality'], ''],
    ['a value that is not JSON', ['package_show', 'id:=air'], ''],
    ['a parameter that is given twice', ['package_show', 'id=a', 'id=b'], ''],
    ['a list on stdin', ['package_show', '-'], '[]'],
    ['no action', [], ''],
  ])('exits with 2 for %s', async (_what, args, stdin) => {
    expect(await action(args, stdin)).toMatchObject({ code: 2, stdout: '' })
  })
})
