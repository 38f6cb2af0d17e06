import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigurationError, messageOf } from '@ckan-uplink/core'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface RunOptions {
  /** Below the repository's root. */
  readonly folder?: string
  /** The cloud whose programs are found first. */
  readonly provider?: string
}

/** Runs a command with this terminal; gives back its exit code. */
export async function run(command: readonly string[], { folder = '', provider }: RunOptions = {}): Promise<number> {
  const [program = '', ...args] = command
  const PATH =
    provider === undefined
      ? process.env['PATH']
      : `${root}infra/${provider}/node_modules/.bin${delimiter}${process.env['PATH']}`
  const child = spawn(program, args, { cwd: root + folder, stdio: 'inherit', env: { ...process.env, PATH } })
  const [code] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new ConfigurationError([`${program} was not found: install it as the guide in docs/deploy says.`])
      : error
  })
  return code ?? 1
}

/** Installs what a cloud's program needs, where it isn't yet, or always. A cloud without such a program needs nothing. */
export async function installInfra(provider: string, always = false): Promise<void> {
  const folder = `infra/${provider}`
  if (!existsSync(`${root}${folder}/package.json`) || (existsSync(`${root}${folder}/node_modules`) && !always)) return
  const code = await run(['npm', 'ci'], { folder })
  if (code !== 0) throw new Error(`npm ci in ${folder} ended with ${code}: see above.`)
}

/** Sets the exit code to what this resolves to; a failure is one sentence a line, without a stack. */
export async function exitWith(code: Promise<number>): Promise<void> {
  process.exitCode = await code.catch((error: unknown) => {
    console.error(error instanceof ConfigurationError ? error.faults.join('\n') : messageOf(error))
    return 1
  })
}
