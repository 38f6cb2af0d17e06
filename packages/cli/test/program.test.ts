import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { runCliProcess } from './support/cli.ts'

const COUNTING_MODULES = { NODE_OPTIONS: `--import=${new URL('support/count-modules.ts', import.meta.url)}` }

function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runCliProcess(args, { cwd: tmpdir(), env })
}

describe('the program ckan-uplink', () => {
  it('shows examples with --help', async () => {
    for (const command of ['upload', 'status', 'watch']) {
      expect(await cli([command, '--help'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/Examples?:\n {2}ckan-uplink/u),
      })
    }
    expect(await cli(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Exit codes: 0 done') })
  })

  it('tells its version without loading the code of any command', async () => {
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
    expect(await cli(['--version'], COUNTING_MODULES)).toEqual({
      code: 0,
      stdout: `${version}\n`,
      stderr: '0 modules\n',
    })
  })
})
