import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { restartCkan } from '../../../scripts/ckan/control.ts'
import { instanceOf } from '../../../scripts/ckan/instances.ts'
import type { Answer } from '../../support/ckan-calls.ts'
import { openRoad, type Road } from './road.ts'
import { liveSitesNamed, type Site } from './sites.ts'

/** A CKAN, and how it reads the bucket as a storage of its files. */
export interface FilesSite {
  readonly name: Site['name']
  readonly type: string
  readonly plugins: readonly string[]
}

export const WITH_EXTENSION: FilesSite = { name: '2.11-files', type: 'files:s3', plugins: [] }

/** CKAN 2.12 by the plugin of ckanext-file-keeper-cloud. */
export const WITH_PLUGIN: FilesSite = { name: '2.12', type: 'ckan:s3', plugins: ['file_keeper_cloud'] }

/** CKAN 2.12 by the adapter of file-keeper. CKAN reads no list of capabilities for it, and would not start. */
export const WITH_CORE_ALONE: FilesSite = { name: '2.12', type: 'file_keeper:s3', plugins: [] }

export const STEPS = {
  '2.11-files': ['files_file_register', 'files_file_rename', 'files_transfer_ownership'],
  '2.12': ['file_register', 'file_rename', 'file_ownership_transfer'],
} as const

/** A bucket as CKAN reads it. */
interface FilesBucket {
  readonly endpoint: string
  readonly bucket: string
  readonly key: string
  readonly secret: string
  readonly region: string
}

/** The options of a CKAN that has the bucket as its storage `uplink`, in which every user may create files. */
export function filesOptions({ name, type, plugins }: FilesSite, bucket: FilesBucket): Record<string, string> {
  const files = name === '2.12' ? 'ckan.files' : 'ckanext.files'
  const parts = { ...bucket, type, path: 'resources/api_uploads/' }
  return {
    ...Object.fromEntries(Object.entries(parts).map(([part, value]) => [`${files}.storage.uplink.${part}`, value])),
    ...(type !== 'file_keeper:s3' && { [`${files}.storage.uplink.disabled_capabilities`]: 'CREATE MULTIPART' }),
    [`${files}.authenticated_uploads.allow`]: 'true',
    [`${files}.authenticated_uploads.storages`]: 'uplink',
    'ckan.plugins': [...instanceOf(name).plugins, 'uplink', ...plugins].join(' '),
  }
}

/** A road whose bucket is a storage of its CKAN, in which every user may create files. */
export interface FilesRoad extends Road {
  /** How many bytes CKAN has read from the bucket. */
  readByCkan(): number
  /** Starts CKAN again with the same storage, also after it was killed. */
  restartCkan(): Promise<void>
  /** The result of an action by the gateway, as the editor. */
  result(action: string, fields: object): Promise<Answer>
  /** The files of an owner, as the editor lists them. */
  filesOf(owner: { readonly owner_type: string; readonly owner_id: string }): Promise<readonly Answer[]>
  /** Waits until the resource has so many pinned files. */
  waitForFiles(resource: string, count?: number): Promise<void>
}

export async function openFilesRoad(filesSite: FilesSite): Promise<FilesRoad> {
  const { name } = filesSite
  const [site] = liveSitesNamed(name)
  if (site === undefined) throw new Error(`CKAN ${name} does not run.`)
  const grantSecret = randomBytes(32).toString('hex')
  const settings = { FILES_STORAGE: 'uplink', GRANT_SECRETS: grantSecret }
  const road = await openRoad(site, { settings })
  const counter = await startCounter(new URL(road.s3.endpoint))
  const options = {
    ...filesOptions(filesSite, { ...road.s3, endpoint: counter.endpoint, region: 'auto' }),
    'ckanext.uplink.gateway_url': road.gateway,
    'ckanext.uplink.grant_secret': grantSecret,
  }
  await restartCkan(name, options)

  const result: FilesRoad['result'] = async (action, fields) => {
    const { status, body } = await road.ask(action, fields)
    if (status !== 200) throw new Error(`${action} was answered with ${status}: ${JSON.stringify(body)}`)
    return body.result
  }
  const filesOf: FilesRoad['filesOf'] = async (owner) => (await result('files_file_scan', owner)).results
  return {
    ...road,
    readByCkan: counter.bytes,
    restartCkan: () => restartCkan(name, options),
    result,
    filesOf,
    async waitForFiles(resource, count = 1) {
      const isPinned = ({ pinned }: Answer) => pinned
      await expect
        .poll(async () => (await filesOf({ owner_type: 'resource', owner_id: resource })).filter(isPinned))
        .toHaveLength(count)
    },
    async close() {
      await road.close()
      await restartCkan(name)
      await counter.close()
    },
  }
}

/** Passes connections to the bucket, and counts the bytes of its answers. */
async function startCounter(bucket: URL) {
  let bytes = 0
  const sockets = new Set<Socket>()
  const server = createServer((caller) => {
    const store = connect(Number(bucket.port), bucket.hostname)
    for (const socket of [caller, store]) sockets.add(socket.on('error', () => socket.destroy()))
    store.on('data', (chunk) => {
      bytes += chunk.length
    })
    caller.pipe(store).pipe(caller)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}${bucket.pathname}`,
    bytes: () => bytes,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const execute = promisify(execFile)

/** Kills the program that runs the gateway and the linker of this process. */
export async function killWorkerd(): Promise<void> {
  const { stdout } = await execute('ps', ['-o', 'pid=,comm=', '--ppid', String(process.pid)])
  const own = [...stdout.matchAll(/^\s*(\d+) workerd$/gmu)].map(([, pid]) => Number(pid))
  expect(own).toHaveLength(1)
  for (const pid of own) process.kill(pid, 'SIGKILL')
}
