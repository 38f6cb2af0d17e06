import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { createUplink, type Uplink } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { askSecret, isSomebodyThere } from './ask.ts'
import { UsageError } from './usage-error.ts'

export interface Connection {
  /** Without a slash at the end. */
  readonly gateway: string
  readonly uplink: Uplink
  /** CKAN's id of the token in use, where it can be read from it. */
  readonly tokenId: string | undefined
}

/** What the local edition writes to `.local/instance.json`, as far as it matters to commands. */
export interface Instance {
  /** Where it lies. */
  readonly folder: string
  readonly gateway: string
  readonly tokens?: { readonly admin: string; readonly editor: string }
  /** The Workers' settings by name, secrets apart. */
  readonly settings: Readonly<Record<string, string>>
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The gateway, with the caller's token, for which is asked on a terminal where it isn't known. Throws `UsageError` when either isn't
 * known. A token of the local edition is for that alone.
 */
export async function connect(
  options: { readonly gateway?: string },
  env: Environment = process.env,
): Promise<Connection> {
  const given = options.gateway ?? env['CKAN_UPLINK_GATEWAY']
  const instance = await findInstance(process.cwd())
  const gateway = (given ?? instance?.gateway)?.replace(/\/+$/u, '')
  if (gateway === undefined)
    throw new UsageError(
      'No gateway is known: give --gateway or CKAN_UPLINK_GATEWAY, or start the local edition with npm start.',
    )
  const known = (await readToken(env)) ?? (gateway === instance?.gateway ? instance.tokens?.editor : undefined)
  const token =
    known ?? (isSomebodyThere() ? await askSecret(`Your CKAN token for ${gateway} (it is not kept):`) : undefined)
  if (token === undefined)
    throw new UsageError(
      'No CKAN token is known: set CKAN_API_TOKEN, or CKAN_API_TOKEN_FILE to the path of a file that holds it.',
    )
  return {
    gateway,
    uplink: createUplink({ gateway, token, tokenHeader: env['CKAN_TOKEN_HEADER'] || undefined }),
    tokenId: idOf(token),
  }
}

/** CKAN's token in the environment, or in the file that it names. Throws `UsageError` when that can't be read. */
export async function readToken(env: Environment): Promise<string | undefined> {
  const path = env['CKAN_API_TOKEN_FILE']
  if (env['CKAN_API_TOKEN'] || !path) return env['CKAN_API_TOKEN'] || undefined
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new UsageError(`CKAN_API_TOKEN_FILE can't be read: ${messageOf(cause)}`, { cause })
  }
}

/** CKAN's tokens are JSON Web Tokens whose `jti` is their id: https://docs.ckan.org/en/latest/maintaining/configuration.html#api-token-settings */
function idOf(token: string): string | undefined {
  try {
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof jti === 'string' ? jti : undefined
  } catch {
    return undefined
  }
}

/** The local edition that runs from this folder or one above it. */
export async function findInstance(folder: string): Promise<Instance | undefined> {
  const text = await readFile(join(folder, '.local', 'instance.json'), 'utf8').catch(() => undefined)
  if (text !== undefined) return { ...JSON.parse(text), folder: join(folder, '.local') }
  const above = dirname(resolve(folder))
  return above === folder ? undefined : findInstance(above)
}
