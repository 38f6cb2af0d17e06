import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { databaseOf, datastoreOf, type Instance, usesLoader } from './instances.ts'
import { home } from './paths.ts'
import { claimPort, portOf } from './ports.ts'
import type { Progress } from './progress.ts'
import { run } from './run.ts'
import { pidOf, startService, stopService } from './service.ts'

const name = 'postgres'
const data = `${home}/postgres`

/** The role that owns every database; loopback connections are trusted. */
const owner = 'ckan'
/** The DataStore's role for reading. CKAN requires different roles for reading and writing. */
export const reader = 'datastore_reader'

export const databaseUrl = (database: string, role = owner): string =>
  `postgresql://${role}@127.0.0.1:${portOf(name)}/${database}`

/** Starts PostgreSQL on loopback with its own data. */
export const startPostgres = async (progress: Progress): Promise<void> => {
  if (pidOf(name) !== undefined && (await isReady())) return
  await progress.step('PostgreSQL', async () => {
    if (!existsSync(data)) await createCluster()
    if (pidOf(name) === undefined) await claimPort(name)
    await startService({ name, command: serverCommand(), isReady })
  })
}

/** SIGINT is PostgreSQL's fast shutdown, which does not wait for clients. */
export const stopPostgres = (): Promise<boolean> => stopService(name, 'SIGINT')

/** Creates the missing databases of an instance. */
export const createDatabases = async (instance: Instance, log: string): Promise<void> => {
  const wanted = usesLoader(instance) ? [databaseOf(instance), datastoreOf(instance)] : [databaseOf(instance)]
  const existing = await query('SELECT datname FROM pg_database', log)
  const missing = wanted.filter((database) => !existing.includes(database))
  for (const database of missing) await query(`CREATE DATABASE ${database} ENCODING 'UTF8' TEMPLATE template0`, log)
  if (usesLoader(instance) && !(await query('SELECT rolname FROM pg_roles', log)).includes(reader))
    await query(`CREATE ROLE ${reader} LOGIN`, log)
}

/** Runs SQL or psql's own commands. */
export const query = async (sql: string, log: string): Promise<readonly string[]> => {
  const command = [
    `${binaries()}/psql`,
    '--no-psqlrc',
    '--quiet',
    '--tuples-only',
    '--no-align',
    '--set=ON_ERROR_STOP=1',
    databaseUrl('postgres'),
  ]
  return (await run(command, { log, input: sql })).split('\n')
}

const isReady = async (): Promise<boolean> => {
  try {
    await run([`${binaries()}/pg_isready`, '--quiet', '--host=127.0.0.1', `--port=${portOf(name)}`], {
      log: 'postgres-ready',
    })
    return true
  } catch {
    return false
  }
}

/** Debian has a folder for each major version's programs. */
const binaries = (): string => {
  const versions = readdirSync('/usr/lib/postgresql').sort((one, other) => Number(other) - Number(one))
  return `/usr/lib/postgresql/${versions[0]}/bin`
}

const createCluster = async (): Promise<void> => {
  const draft = `${data}.draft`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  if (isRoot()) chownSync(draft, await idOf('--user'), await idOf('--group'))
  const options = [
    '--auth=trust',
    `--username=${owner}`,
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
    `--pgdata=${draft}`,
  ]
  await run([...asServerUser(), `${binaries()}/initdb`, ...options], { log: name })
  renameSync(draft, data)
}

const serverCommand = (): readonly string[] => {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: portOf(name),
    unix_socket_directories: '',
    fsync: 'off',
    max_connections: 250,
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])
  return [...asServerUser(), `${binaries()}/postgres`, '-D', data, ...options]
}

const isRoot = (): boolean => process.getuid?.() === 0

/** PostgreSQL refuses to run as root. The capability lets its user read data below root's home. */
const asServerUser = (): readonly string[] =>
  isRoot()
    ? [
        'setpriv',
        '--reuid=postgres',
        '--regid=postgres',
        '--clear-groups',
        '--inh-caps=+dac_override',
        '--ambient-caps=+dac_override',
      ]
    : []

const idOf = async (kind: '--user' | '--group'): Promise<number> =>
  Number(await run(['id', kind, 'postgres'], { log: name }))
