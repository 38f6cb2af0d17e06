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
  /** The npm projects below `infra` whose programs come first on the path. */
  readonly projects?: readonly string[]
}

/** Runs a command with this terminal. Returns its exit code. */
export async function run(
  command: readonly string[],
  { folder = '', projects = [] }: RunOptions = {},
): Promise<number> {
  const [program = '', ...args] = command
  const folders = projects.map((project) => `${root}infra/${project}/node_modules/.bin`)
  const PATH = [...folders, process.env['PATH']].join(delimiter)
  const child = spawn(program, args, { cwd: root + folder, stdio: 'inherit', env: { ...process.env, PATH } })
  const [code] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new ConfigurationError([`${program} was not found: install it as the guide in docs/deploy says.`])
      : error
  })
  return code ?? 1
}

/** Installs the npm project in a folder below `infra`, if there is one: if it is not installed yet, or always. */
export async function installInfra(project: string, always = false): Promise<void> {
  const folder = `infra/${project}`
  if (!existsSync(`${root}${folder}/package.json`) || (existsSync(`${root}${folder}/node_modules`) && !always)) return
  const code = await run(['npm', 'ci'], { folder })
  if (code !== 0) throw new Error(`npm ci in ${folder} ended with ${code}: see above.`)
}

/** Sets the exit code to the resolved value. Prints a failure as sentences, one per line, without a stack. */
export async function exitWith(code: Promise<number>): Promise<void> {
  process.exitCode = await code.catch((error: unknown) => {
    console.error(error instanceof ConfigurationError ? error.faults.join('\n') : messageOf(error))
    return 1
  })
}
