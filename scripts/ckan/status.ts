import { answers } from './ckan-instance.ts'
import { type Instance, siteService, usesLoader, workerService } from './instances.ts'
import { readPorts } from './ports.ts'
import { isServicePaused, pidOf } from './service.ts'

/** A table of these instances and the shared services: version, plugins, URL, state, process id. */
export const status = async (wanted: readonly Instance[]): Promise<string> => {
  const sites = await Promise.all(wanted.map(siteRow))
  const workers = wanted
    .filter(usesLoader)
    .map((instance) => row(`${instance.version} worker`, 'ckan jobs worker', '', workerService(instance)))
  const shared = [
    row('PostgreSQL', '', address('postgres'), 'postgres'),
    row('Redis', '', address('redis'), 'redis'),
    row('Solr', '', address('solr'), 'solr'),
  ]
  return formatTable([['version', 'plugins', 'URL', 'state', 'pid'], ...sites, ...workers, ...shared])
}

type Row = readonly string[]

const siteRow = async (instance: Instance): Promise<Row> => {
  const service = siteService(instance)
  const isLate = pidOf(service) !== undefined && !isServicePaused(service) && !(await answers(instance))
  return row(
    instance.release,
    instance.plugins.join(' '),
    address(instance.name),
    service,
    isLate ? 'starting' : undefined,
  )
}

const row = (version: string, plugins: string, url: string, service: string, state = stateOf(service)): Row => [
  version,
  plugins,
  url,
  state,
  String(pidOf(service) ?? ''),
]

const stateOf = (service: string): string => {
  if (pidOf(service) === undefined) return 'down'
  return isServicePaused(service) ? 'paused' : 'up'
}

const address = (name: string): string => {
  const port = readPorts()[name]
  if (port === undefined) return ''
  return name === 'postgres' || name === 'redis' ? `127.0.0.1:${port}` : `http://127.0.0.1:${port}`
}

const formatTable = (rows: readonly Row[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
