import { readIfThere, writeWhole } from './files.ts'
import { run } from './run.ts'

/** Installs the packages of a requirements file into a Python environment, unless exactly these are installed. */
export const installRequirements = async (file: string, environment: string, log: string): Promise<void> => {
  const stamp = `${environment}/installed.txt`
  const wanted = readIfThere(file) ?? ''
  if (readIfThere(stamp) === wanted) return
  await run(['python3', '-m', 'venv', '--clear', environment], { log })
  await run([`${environment}/bin/pip`, 'install', '--quiet', '--requirement', file], { log })
  writeWhole(stamp, wanted)
}
