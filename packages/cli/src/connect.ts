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
  /** The header with the token, for requests of files. */
  readonly tokenHeaders: Readonly<Record<string, string>>
  /** CKAN's id of the token in use, if the token contains it. */
  readonly tokenId: string | undefined
}

/** The fields of the local edition's `.local/instance.json` that commands use. */
export interface LocalEdition {
  /** The folder of `instance.json`. */
  readonly folder: string
  readonly gateway: string
  readonly tokens?: { readonly admin: string; readonly editor: string }
  /** The Workers' settings by name, without secrets. */
  readonly settings: Readonly<Record<string, string>>
}

type EnvVars = Readonly<Record<string, string | undefined>>

/**
 * Connects to the gateway with the caller's token. A terminal asks for an unknown token. Throws `UsageError` if the
 * gateway or the token is unknown. A token of the local edition is never sent to another gateway.
 */
export async function connect(options: { readonly gateway?: string }, env: EnvVars = process.env): Promise<Connection> {
  const given = options.gateway ?? env['CKAN_UPLINK_GATEWAY']
  const instance = await findLocalEdition(process.cwd(), env)
  const gateway = (given ?? instance?.gateway)?.replace(/\/+$/u, '')
  if (gateway === undefined)
    throw new UsageError(
      'The gateway is unknown: give --gateway, set CKAN_UPLINK_GATEWAY, or start the local edition with npm start.',
    )
  const known = (await readToken(env)) ?? (gateway === instance?.gateway ? instance.tokens?.editor : undefined)
  const token =
    known ?? (isSomebodyThere() ? await askSecret(`Your CKAN token for ${gateway} (it is not kept):`) : undefined)
  if (token === undefined)
    throw new UsageError(
      'The CKAN token is missing: set CKAN_API_TOKEN, or set CKAN_API_TOKEN_FILE to the path of a file with the token.',
    )
  return connectionTo(gateway, token, env['CKAN_TOKEN_HEADER'] || 'Authorization')
}

/** A connection to a gateway, or to a CKAN in its place. */
export function connectionTo(gateway: string, token: string, tokenHeader: string): Connection {
  return {
    gateway,
    uplink: createUplink({ gateway, token, tokenHeader }),
    tokenHeaders: { [tokenHeader]: token },
    tokenId: idOf(token),
  }
}

/**
 * CKAN's token from `CKAN_API_TOKEN` or the file `CKAN_API_TOKEN_FILE`. Throws `UsageError` if the file cannot be read.
 */
export async function readToken(env: EnvVars): Promise<string | undefined> {
  const path = env['CKAN_API_TOKEN_FILE']
  if (env['CKAN_API_TOKEN'] || !path) return env['CKAN_API_TOKEN'] || undefined
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (cause) {
    throw new UsageError(`CKAN_API_TOKEN_FILE cannot be read: ${messageOf(cause)}`, { cause })
  }
}

/**
 * CKAN's tokens are JSON Web Tokens whose `jti` is their id:
 * https://docs.ckan.org/en/latest/maintaining/configuration.html#api-token-settings
 */
function idOf(token: string): string | undefined {
  try {
    const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return typeof jti === 'string' ? jti : undefined
  } catch {
    return undefined
  }
}

/**
 * The local edition that runs in `LOCAL_DIR`, else the local edition that runs from this folder or a folder above it.
 */
export async function findLocalEdition(folder: string, env: EnvVars = process.env): Promise<LocalEdition | undefined> {
  const own = env['LOCAL_DIR']
  if (own) return readInstance(resolve(folder, own))
  const found = await readInstance(join(folder, '.local'))
  const above = dirname(resolve(folder))
  return found ?? (above === folder ? undefined : findLocalEdition(above, env))
}

async function readInstance(folder: string): Promise<LocalEdition | undefined> {
  const text = await readFile(join(folder, 'instance.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : { ...JSON.parse(text), folder }
}
