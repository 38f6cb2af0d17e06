import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, writeWhole } from './files.ts'
import { extensions, optionalExtensions } from './instances.ts'
import { home, source } from './paths.ts'
import type { Progress } from './progress.ts'
import { pythonEnv, run } from './run.ts'

const uv = `${home}/uv/bin/uv`
const python = '3.11'

const environment = (release: string): string => `${home}/python/${release}`

/** A program of a CKAN release's Python environment. */
export const programOf = (release: string, program: string): string => `${environment(release)}/bin/${program}`

/** The Solr schema of a CKAN release. */
export const schemaOf = (release: string): string => `${configOf(release)}/solr/schema.xml`

/** The list of formats of a CKAN release. */
export const formatsOf = (release: string): string => `${configOf(release)}/resource_formats.json`

const configOf = (release: string): string => {
  const library = `${environment(release)}/lib`
  return `${library}/${readdirSync(library)[0]}/site-packages/ckan/config`
}

/** Installs uv, which installs all Python packages here. */
export const installUv = async (progress: Progress): Promise<void> => {
  if (existsSync(uv)) return
  await progress.step('uv', async () => {
    await run(['python3', '-m', 'venv', `${home}/uv`], { log: 'uv' })
    await run([`${home}/uv/bin/pip`, 'install', '--quiet', 'uv'], { log: 'uv' })
  })
}

/** Installs a CKAN release and its extensions, unless exactly these are installed. */
export const installCkan = async (release: string, progress: Progress): Promise<void> => {
  const stages = [[`ckan[requirements]==${release}`], extensions[release] ?? []].filter((stage) => stage.length > 0)
  const stamp = `${environment(release)}/installed.json`
  const wanted = JSON.stringify(stages)
  if (readIfThere(stamp) === wanted) return
  const log = `ckan-${release}-install`
  const env = pythonEnv()
  await progress.step(
    `CKAN ${[release, ...(extensions[release] ?? [])].join(', ').replaceAll('ckanext-', '').replaceAll('==', ' ')}`,
    async () => {
      await run([uv, 'venv', '--quiet', '--clear', '--python', python, environment(release)], { log, env })
      for (const stage of stages)
        await run([uv, 'pip', 'install', '--python', programOf(release, 'python'), ...stage], { log, env })
      writeWhole(stamp, wanted)
    },
  )
}

/** Installs the extensions that tests switch on, unless exactly these are installed. */
export const installOptional = async (release: string, progress: Progress): Promise<void> => {
  const stamp = `${environment(release)}/optional.json`
  const packages = optionalExtensions(release)
  const wanted = JSON.stringify(packages)
  if (readIfThere(stamp) === wanted) return
  const log = `ckan-${release}-install`
  await progress.step(`${packages.join(', ')} for CKAN ${release}`, async () => {
    const options = ['--python', programOf(release, 'python')]
    await run([uv, 'pip', 'install', ...options, ...packages], { log, env: pythonEnv() })
    writeWhole(stamp, wanted)
  })
}

/** The plugin of this repository. */
const pluginFolder = source('../../ckan/ckanext-uplink')

/** Installs the plugin of this repository beside a CKAN release, unless exactly this state of it is installed. */
export const installPlugin = async (release: string, progress: Progress): Promise<void> => {
  const stamp = `${environment(release)}/plugin.txt`
  const wanted = digestOf(pluginFolder)
  if (readIfThere(stamp) === wanted) return
  const log = `ckan-${release}-install`
  await progress.step(`ckanext-uplink for CKAN ${release}`, async () => {
    const options = ['--no-deps', '--reinstall', '--python', programOf(release, 'python')]
    await run([uv, 'pip', 'install', ...options, pluginFolder], { log, env: pythonEnv() })
    writeWhole(stamp, wanted)
  })
}

const digestOf = (folder: string): string => {
  const digest = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  for (const file of files.filter((name) => !name.includes('__pycache__') && !/(?:^|\/)\./u.test(name))) {
    const path = join(folder, file)
    if (statSync(path).isFile()) digest.update(file).update(readFileSync(path))
  }
  return digest.digest('hex')
}
