import { existsSync, readdirSync } from 'node:fs'
import { readIfThere, writeWhole } from './files.ts'
import { extensions } from './instances.ts'
import { home } from './paths.ts'
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
