import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

const REPOSITORY = join(import.meta.dirname, '../../..')

/** The folder in which `npm start` keeps its state: `LOCAL_DIR`, or `.local` in the repository. */
export function localFolder(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(REPOSITORY, env['LOCAL_DIR'] || '.local')
}

/** A running instance as other programs see it. The tokens and contents of an external CKAN are unknown. */
export interface LocalEdition {
  readonly gateway: string
  readonly ckan: string
  readonly storage: string
  readonly tokens?: { readonly admin: string; readonly editor: string; readonly reader: string }
  readonly dataset?: string
  readonly resources?: readonly string[]
  /** The Workers' settings by name, without secrets. */
  readonly settings: Readonly<Record<string, string>>
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The folder with an instance's state. Only its owner can read it. */
export interface LocalFolder {
  /** The folder of the objects. Each CKAN has its own, because it does not know the resources of another CKAN. */
  objectsOf(ckanUrl: string | undefined): string
  /** The file with the built-in CKAN's state. */
  readonly ckan: string
  /** The credentials of the storage, created on first use. */
  credentials(): Promise<Credentials>
  /** Publishes the running instance, or with `undefined` that none runs. Readers see the complete file or none. */
  announce(instance: LocalEdition | undefined): Promise<void>
  /** The published instance, if it answers. */
  running(): Promise<LocalEdition | undefined>
}

/** Opens the folder, and creates it if it does not exist. */
export async function openLocalFolder(path: string): Promise<LocalFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const instanceFile = join(path, 'instance.json')
  const credentialsFile = join(path, 'credentials.json')
  return {
    objectsOf: (ckanUrl) => join(path, ckanUrl === undefined ? 'r2' : `r2-${encodeURIComponent(ckanUrl)}`),
    ckan: join(path, 'stand-in.json'),
    async credentials() {
      const kept = await readJson<Credentials>(credentialsFile)
      const credentials = kept ?? {
        accessKeyId: randomBytes(16).toString('hex'),
        secretAccessKey: randomBytes(32).toString('hex'),
      }
      if (kept === undefined) await writeSecret(credentialsFile, credentials)
      return credentials
    },
    announce: (instance) =>
      instance === undefined ? rm(instanceFile, { force: true }) : writeSecret(instanceFile, instance),
    async running() {
      const instance = await readJson<LocalEdition>(instanceFile)
      const health =
        instance &&
        (await fetch(`${instance.gateway}/healthz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined))
      return health?.ok ? instance : undefined
    },
  }
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : JSON.parse(text)
}

async function writeSecret(path: string, value: unknown): Promise<void> {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 })
  await chmod(draft, 0o600)
  await rename(draft, path)
}
