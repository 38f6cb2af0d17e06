import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The packages of the deployed programs in the versions of the lock file, as CycloneDX:
 * https://docs.npmjs.com/cli/commands/npm-sbom
 */
export async function listComponents(): Promise<string> {
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only']
  const { stdout } = await promisify(execFile)('npm', words, { cwd: root, maxBuffer: 64 * 1024 ** 2 })
  return stdout
}
