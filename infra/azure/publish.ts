import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environments } from '../../environments.ts'
import { findEnvironmentOf } from '../find-environment.ts'
import { packFunctions } from './code.ts'
import { publish } from './publish-functions.ts'

const PAUSE_MS = 30_000

async function az(words: readonly string[]): Promise<boolean> {
  const child = spawn('az', [...words, '--output', 'none'], { stdio: 'inherit', shell: process.platform === 'win32' })
  const [code] = await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new Error('az was not found: install the Azure CLI as docs/deploy/azure.md says.')
      : error
  })
  return code === 0
}

/** The deployment runs `node publish.ts <environment> <program>` when the code has changed. */
async function main(name = '', word = ''): Promise<void> {
  const program = word === 'linker' ? 'linker' : 'gateway'
  const environment = findEnvironmentOf(environments, name, 'azure')
  const { archive } = await packFunctions()
  const folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-'))
  try {
    const path = join(folder, 'released-package.zip')
    await writeFile(path, archive)
    await publish(name, { program, environment }, path, { az, pause: () => sleep(PAUSE_MS) })
  } finally {
    await rm(folder, { recursive: true })
  }
}

await main(...process.argv.slice(2))
