import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installRequirements } from '../../../scripts/ckan/requirements.ts'

const folder = import.meta.dirname
/** The Python environment of the clients. */
export const CLIENTS = fileURLToPath(new URL('../../../.local/clients', import.meta.url))
const execute = promisify(execFile)

/** Installs the clients of `requirements.txt`. */
export async function installClients(): Promise<void> {
  await installRequirements(`${folder}/requirements.txt`, CLIENTS, 'clients')
}

/** Runs a script of this folder with only this environment, and returns its output. Throws the output on a failure. */
export async function runScript(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const options = {
    env: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8', ...env },
    timeout: 240_000,
  }
  try {
    const { stdout } = await execute(`${CLIENTS}/bin/python`, [resolve(folder, script), ...args], options)
    return stdout
  } catch (failure) {
    const { stdout = '', stderr = '' } = failure as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${script} failed:\n${stdout}${stderr}`)
  }
}
