import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface RunOptions {
  /** Below the repository's root. */
  readonly folder?: string
  /** The npm projects below `infra` whose programs come first on the path. */
  readonly projects?: readonly string[]
  /** The page that says how to install the program. */
  readonly guide?: string
  /** The program's input. Default: the terminal. */
  readonly input?: string
  /** Where the program's output goes. Default: the terminal. */
  readonly output?: NodeJS.WriteStream
}

/** Runs a command with this terminal. Returns its exit code. */
export async function run(
  command: readonly string[],
  { folder = '', projects = [], guide = 'CONTRIBUTING.md', input, output }: RunOptions = {},
): Promise<number> {
  const [program = '', ...args] = command
  const folders = projects.map((project) => `${ROOT}infra/${project}/node_modules/.bin`)
  const PATH = [...folders, process.env['PATH']].join(delimiter)
  const child = spawn(program, args, {
    cwd: ROOT + folder,
    stdio: [input === undefined ? 'inherit' : 'pipe', output ?? 'inherit', 'inherit'],
    env: { ...process.env, PATH },
  })
  child.stdin?.end(input)
  const [code] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`${program} was not found: install it as ${guide} says.`) : error
  })
  return code ?? 1
}
