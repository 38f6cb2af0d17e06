import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The repository's own: where `npm start` keeps its state. */
export const LOCAL_FOLDER = join(import.meta.dirname, '../../../.local')

/** What other programs may know of a running instance. With a CKAN of one's own its tokens and contents aren't known. */
export interface Instance {
  readonly gateway: string
  readonly ckan: string
  readonly storage: string
  readonly tokens?: { readonly admin: string; readonly editor: string; readonly reader: string }
  readonly dataset?: string
  readonly resources?: readonly string[]
  /** The Workers' settings by name, secrets apart. */
  readonly settings: Readonly<Record<string, string>>
}

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The folder that keeps an instance's state, readable for its owner alone. */
export interface LocalFolder {
  /** Where the objects are: apart for each CKAN, since one knows nothing of another's resources. */
  objectsOf(ckanUrl: string | undefined): string
  /** Where the built-in CKAN's state is. */
  readonly ckan: string
  /** The storage's credentials, made on first use. */
  credentials(): Promise<Credentials>
  /** Says what runs; `undefined`: nothing does. Whoever reads it sees either all of it or nothing. */
  announce(instance: Instance | undefined): Promise<void>
  /** The instance that is said to run and answers; `undefined` when there is none. */
  running(): Promise<Instance | undefined>
}

/** Makes the folder where it isn't yet. */
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
      const instance = await readJson<Instance>(instanceFile)
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
