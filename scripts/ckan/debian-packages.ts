import { existsSync, globSync } from 'node:fs'
import type { Progress } from './progress.ts'
import { run } from './run.ts'

/** Debian packages, each with what proves that it is there: a file, or a program on the PATH. */
type Packages = Readonly<Record<string, string>>

const ckanPackages: Packages = {
  'default-jdk-headless': 'javac',
  libmagic1: '/usr/lib/*/libmagic.so.1',
  maven: 'mvn',
  postgresql: '/usr/lib/postgresql/*/bin/postgres',
  'python3-venv': '/usr/lib/python3*/ensurepip',
  'redis-server': 'redis-server',
}

/**
 * Installs missing Debian packages, by default those of CKAN. @throws Error with their names if that is not possible.
 */
export const installPackages = async (progress: Progress, wanted = ckanPackages): Promise<void> => {
  const missing = Object.keys(wanted).filter((name) => !isProven(wanted[name] ?? ''))
  if (missing.length === 0) return
  const names = missing.join(' ')
  if (!existsSync('/usr/bin/apt-get'))
    throw new Error(
      `This needs what Debian calls ${names}, and there is no apt-get here: install it your distribution's way.`,
    )
  if (process.getuid?.() !== 0)
    throw new Error(`Debian packages are missing: as root, run "apt-get install --no-install-recommends ${names}".`)
  await progress.step(`Debian packages: ${names}`, () => install(missing))
}

const isProven = (proof: string): boolean => {
  const folders = proof.startsWith('/') ? [''] : (process.env['PATH'] ?? '').split(':').map((folder) => `${folder}/`)
  return folders.some((folder) => globSync(`${folder}${proof}`).length > 0)
}

const install = async (names: readonly string[]): Promise<void> => {
  const log = 'debian-packages'
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const command = ['apt-get', 'install', '--yes', '--quiet', '--no-install-recommends', ...names]
  try {
    await run(command, { log, env })
  } catch {
    await run(['apt-get', 'update', '--quiet'], { log, env })
    await run(command, { log, env })
  }
}
