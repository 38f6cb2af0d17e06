import { createServer } from 'node:net'
import { readJson, writeWhole } from './files.ts'
import { instances } from './instances.ts'
import { home } from './paths.ts'
import { waitUntil } from './processes.ts'

export type Ports = Readonly<Record<string, number>>

const file = `${home}/ports.json`

const preferred: Ports = {
  postgres: 15432,
  redis: 15379,
  solr: 15983,
  '2.10': 15210,
  '2.11': 15211,
  '2.11-files': 15219,
  '2.12': 15212,
}

/** The loopback ports of this checkout, by service or instance name; empty before the first `up`. */
export const readPorts = (): Ports => readJson<Ports>(file) ?? {}

/** The port of a service or an instance. @throws Error before the first `up`. */
export const portOf = (name: string): number => {
  const port = readPorts()[name]
  if (port === undefined) throw new Error(`No port is chosen for ${name} yet: run "npm run ckan -- up" first.`)
  return port
}

export const siteUrl = (name: string): string => `http://127.0.0.1:${portOf(name)}`

/** Chooses the ports once: the well-known ports, or a free port if another program uses one of them. */
export const choosePorts = async (): Promise<void> => {
  if (readJson(file)) return
  const chosen: [string, number][] = []
  for (const name of ['postgres', 'redis', 'solr', ...instances.map((instance) => instance.name)]) {
    const wanted = preferred[name] ?? 0
    chosen.push([name, (await listen(wanted)) ?? (await listen(0)) ?? wanted])
  }
  writeWhole(file, JSON.stringify(Object.fromEntries(chosen), null, 2))
}

const FREE_WITHIN_MS = 70_000

/**
 * Waits for a service's port. After a restart, a closed connection can hold it for a minute.
 * @throws Error with advice if another program listens on it.
 */
export const claimPort = async (name: string): Promise<number> => {
  const port = portOf(name)
  if (await waitUntil(async () => (await listen(port)) !== undefined, FREE_WITHIN_MS)) return port
  throw new Error(`Port ${port} of ${name} is taken by another program: stop it, or delete ${home} and start over.`)
}

const listen = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined))
    })
  })
