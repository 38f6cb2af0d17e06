/** Checks and tests the plugin for CKAN. The live suite runs it in real CKANs. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { home } from './ckan/paths.ts'
import { installRequirements } from './ckan/requirements.ts'

const folder = fileURLToPath(new URL('../ckan/ckanext-uplink', import.meta.url))
const environment = `${home}/python/plugin-tools`
const COMMANDS = [['ruff', 'check'], ['ruff', 'format', '--check'], ['mypy'], ['pytest', '--quiet']] as const

await installRequirements(`${folder}/requirements-dev.txt`, environment, 'plugin-tools-install')
for (const command of COMMANDS) {
  // The programs themselves name the folder in which they were installed.
  const { status } = spawnSync(`${environment}/bin/python`, ['-m', ...command], { cwd: folder, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
