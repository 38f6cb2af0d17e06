import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** The Node that runs the functions of clouds in tests. `FUNCTIONS_NODE` chooses another one than this process has. */
export function functionsNode(): string {
  return process.env['FUNCTIONS_NODE'] ?? process.execPath
}

export async function functionsNodeVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)(functionsNode(), ['--version'])
  return stdout.trim()
}
