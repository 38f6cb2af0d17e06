import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { choosePorts, type LocalHandle, startLocal } from '@ckan-uplink/local'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cliCommand, cliEnvironment } from '../../support/cli.ts'

const GREEN = '\u001b[32m'
const execute = promisify(execFile)

let folder: string
let local: LocalHandle

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-terminal-'))
  local = await startLocal({ folder: join(folder, '.local'), ports: await choosePorts('0') })
  for (const name of ['a.csv', 'b.csv']) await writeFile(join(folder, name), Buffer.alloc(40 * 1024 ** 2, 'city,population\n'))
})
afterAll(async () => {
  await local?.close()
  await rm(folder, { recursive: true, force: true })
})

/** What a person sees who types this. */
async function shownBy(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const all = cliEnvironment({ TERM: 'xterm-256color', XDG_STATE_HOME: join(folder, 'state'), ...env })
  const { stdout } = await execute('python3', [join(import.meta.dirname, 'in_terminal.py'), ...cliCommand(args)], {
    cwd: folder,
    env: all,
    maxBuffer: 16 * 1024 ** 2,
  })
  return stdout
}

describe('ckan-uplink in a terminal', () => {
  it('shows a bar for each file with its speed and what is left, and how far all are', async () => {
    const shown = await shownBy(['upload', 'a.csv', 'b.csv', '--dataset', local.dataset ?? ''])
    expect(shown).toMatch(/a\.csv .*\d+ % {2}\d+\.\d MiB\/s {2}\S+ left {2}\d+ % of all/u)
    expect(shown).toMatch(/b\.csv .*100 % .*100 % of all/u)
    expect(shown).toContain(`${GREEN}✔`)
    expect(shown).toContain('\u001b[?25h')
  })

  it('has no colour where NO_COLOR asks for none', async () => {
    const [resource = ''] = local.resources ?? []
    expect(await shownBy(['upload', 'a.csv', '--resource', resource], { NO_COLOR: '1' })).not.toContain(GREEN)
  })
})
