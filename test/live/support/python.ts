import { fileURLToPath } from 'node:url'
import { readIfThere, writeWhole } from '../../../scripts/ckan/files.ts'
import { run } from '../../../scripts/ckan/run.ts'

/**
 * Installs what a folder's `requirements.txt` names into a Python environment of its own, and gives back that environment's
 * folder of programs. Nothing is done where exactly these are installed.
 */
export async function installRequirements(name: string, folder: string): Promise<string> {
  const environment = fileURLToPath(new URL(`../../../.local/${name}`, import.meta.url))
  const requirements = `${folder}/requirements.txt`
  const stamp = `${environment}/installed.txt`
  const wanted = readIfThere(requirements) ?? ''
  if (readIfThere(stamp) !== wanted) {
    await run(['python3', '-m', 'venv', '--clear', environment], { log: name })
    await run([`${environment}/bin/pip`, 'install', '--quiet', '--requirement', requirements], { log: name })
    writeWhole(stamp, wanted)
  }
  return `${environment}/bin`
}
