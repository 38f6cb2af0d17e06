import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { ROOT, run } from './run.ts'

/** This file imports only Node's own modules, because it runs before the packages of an upgrade are installed. */

/** Installs an npm project, unless what its lock file asks for is installed. The folder has a slash at its end. */
export async function installProject(folder: string): Promise<void> {
  if (!(await isInstalled(folder))) await install(folder)
}

/** Installs the npm project in a folder below `infra`, if there is one: if its lock file asks for it, or always. */
export async function installInfra(project: string, always = false): Promise<void> {
  const folder = `infra/${project}/`
  if (existsSync(`${ROOT}${folder}package.json`) && (always || !(await isInstalled(folder)))) await install(folder)
}

async function install(folder: string): Promise<void> {
  // A pipe behind the command gets only the command's own output.
  const code = await run(['npm', 'ci'], { folder, output: process.stderr })
  if (code !== 0) throw new Error(`npm ci in ${folder || 'the checkout'} ended with ${code}: see above.`)
}

interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly optional?: boolean
  readonly devOptional?: boolean
}

/** Whether `node_modules` holds what the lock file says. npm writes what it has installed to a lock file of its own. */
async function isInstalled(folder: string): Promise<boolean> {
  const [wanted, installed] = await Promise.all([
    readLockFile(`${folder}package-lock.json`),
    readLockFile(`${folder}node_modules/.package-lock.json`),
  ])
  return Object.entries(wanted).every(([path, wantedPackage]) => {
    const { version, integrity, optional = false, devOptional = false } = wantedPackage
    const found = installed[path]
    // An optional package may be for another machine.
    if (path === '' || (found === undefined && (optional || devOptional))) return true
    return found !== undefined && found.version === version && found.integrity === integrity
  })
}

async function readLockFile(path: string): Promise<LockFile['packages']> {
  if (!existsSync(ROOT + path)) return {}
  const { packages }: LockFile = JSON.parse(await readFile(ROOT + path, 'utf8'))
  return packages
}
