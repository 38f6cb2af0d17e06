import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync } from 'node:fs'
import { type ConfigOptions, renderConfig } from './ckan-config.ts'
import { programOf, schemaOf } from './ckan-install.ts'
import { readIfThere, readJson, writeWhole } from './files.ts'
import { fetchJson } from './http.ts'
import { folderOf, type Instance, siteService, usesLoader, workerService } from './instances.ts'
import { home, source } from './paths.ts'
import { claimPort, portOf, siteUrl } from './ports.ts'
import { createDatabases, query } from './postgres.ts'
import type { Progress } from './progress.ts'
import { pythonEnv, run } from './run.ts'
import { pidOf, type Service, startService, stopService } from './service.ts'
import { createCore } from './solr.ts'

/** The contents of a site: ids, and an API token by user name. */
export interface Accounts {
  readonly organization: string
  readonly dataset: string
  readonly tokens: Readonly<Record<'admin' | 'editor' | 'member' | 'outsider' | 'collaborator', string>>
}

const fileOf = (instance: Instance, name: string): string => `${home}/${folderOf(instance)}/${name}`
const configOf = (instance: Instance): string => fileOf(instance, 'ckan.ini')
const accountsOf = (instance: Instance): string => fileOf(instance, 'accounts.json')

/** The contents of a site, or undefined before the site exists. */
export const readAccounts = (instance: Instance): Accounts | undefined => readJson<Accounts>(accountsOf(instance))

/** Whether the site answers. */
export const answers = async (instance: Instance): Promise<boolean> =>
  (await fetchJson(`${siteUrl(instance.name)}/api/3/action/status_show`)) !== undefined

/** Creates an instance's site once: Solr core, databases, tables, accounts. PostgreSQL, Redis and Solr have to run. */
export const makeSite = async (instance: Instance, progress: Progress): Promise<void> => {
  if (readAccounts(instance)) return
  await progress.step(`CKAN ${instance.name}: database, index, accounts`, async () => {
    const log = `${siteService(instance)}-make`
    for (const folder of ['storage', 'files']) mkdirSync(fileOf(instance, folder), { recursive: true })
    await createCore(instance, schemaOf(instance.release))
    await createTables(instance)
    const draft = fileOf(instance, 'accounts.draft.json')
    writeWhole(draft, '')
    await run([programOf(instance.release, 'python'), source('make-site.py'), configOf(instance), draft], {
      log,
      env: pythonEnv(),
    })
    renameSync(draft, accountsOf(instance))
  })
}

/** Creates the missing databases of an instance, and gives the DataStore's reader its rights. */
export const createTables = async (instance: Instance): Promise<void> => {
  const log = `${siteService(instance)}-make`
  await createDatabases(instance, log)
  writeConfig(instance)
  if (usesLoader(instance))
    await query(await run(ckan(instance, 'datastore', 'set-permissions'), { log, env: pythonEnv() }), log)
}

/** Starts a site and its loader's worker, unless they run. */
export const startSite = async (instance: Instance, progress: Progress): Promise<void> => {
  const isWorking = !usesLoader(instance) || pidOf(workerService(instance)) !== undefined
  if (isWorking && pidOf(siteService(instance)) !== undefined && (await answers(instance))) return
  await progress.step(`CKAN ${instance.name}: start`, () => launchSite(instance))
}

/** Starts a site and its loader's worker, and resolves when it answers. `more` is added to its configuration. */
export const launchSite = async (instance: Instance, more: ConfigOptions = {}): Promise<void> => {
  writeConfig(instance, more)
  if (pidOf(siteService(instance)) === undefined) await claimPort(instance.name)
  const services = usesLoader(instance) ? [site(instance), worker(instance)] : [site(instance)]
  await Promise.all(services.map(startService))
}

/** Stops a site and its loader's worker. Returns whether one of them ran. */
export const stopSite = async (instance: Instance): Promise<boolean> => {
  const stopped = await Promise.all([siteService(instance), workerService(instance)].map((name) => stopService(name)))
  return stopped.includes(true)
}

/** Runs a command of CKAN's command line, with the configuration that the site has now. */
export const runCommand = (instance: Instance, ...words: readonly string[]): Promise<string> =>
  run(ckan(instance, ...words), { log: `${siteService(instance)}-command`, env: pythonEnv() })

const ckan = (instance: Instance, ...words: readonly string[]): readonly string[] => [
  programOf(instance.release, 'ckan'),
  '-c',
  configOf(instance),
  ...words,
]

const site = (instance: Instance): Service => {
  const options = ['--host', '127.0.0.1', '--port', String(portOf(instance.name)), '--disable-reloader', '--threaded']
  return {
    name: siteService(instance),
    command: ckan(instance, 'run', ...options),
    env: pythonEnv(),
    isReady: () => answers(instance),
  }
}

const worker = (instance: Instance): Service => ({
  name: workerService(instance),
  command: ckan(instance, 'jobs', 'worker'),
  env: pythonEnv(),
  isReady: () => answers(instance),
})

const writeConfig = (instance: Instance, more: ConfigOptions = {}): void => {
  const secretFile = fileOf(instance, 'secret')
  const session = readIfThere(secretFile) ?? randomBytes(24).toString('hex')
  writeWhole(secretFile, session)
  const loaderToken = readAccounts(instance)?.tokens.admin
  writeWhole(
    configOf(instance),
    renderConfig(instance, loaderToken === undefined ? { session } : { session, loaderToken }, more),
  )
}
