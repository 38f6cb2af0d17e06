import { type CkanClient, createAuthorizer, findTokenHeader, headerAdvice } from '@ckan-uplink/ckan'
import type { Settings } from '@ckan-uplink/core/settings'
import { type Check, type CheckResult, hint, right, wrong } from './check.ts'

export interface CkanSubject {
  readonly client: CkanClient
  readonly token: string
  readonly settings: Settings
}

interface Status {
  readonly ckan_version?: string
  readonly extensions?: readonly string[]
}

const MIN_VERSION = [2, 10] as const
const LOADERS = ['xloader', 'datapusher', 'datapusher_plus']
/** Plugins that store the files of CKAN's own upload forms in a cloud. */
const FILE_STORES = ['cloudstorage', 's3filestore', 'azurefilestore', 'blob_storage', 'external_storage', 'files']

/** Checks CKAN's version, the operator's token, the plugins and the loader. */
export function ckanChecks({ client, token, settings }: CkanSubject): readonly Check[] {
  const status = async () => (await client.call<Status>('status_show', {}, token, { retry: true })).result
  const adviceOnError = `Check that ${settings.ckanUrl} is up, and that it is CKAN's address without a redirect.`
  return [
    { name: 'CKAN', adviceOnError, run: async () => judgeVersion(client.url, (await status()).ckan_version) },
    { name: 'CKAN token', adviceOnError, run: () => judgeToken({ client, token, settings }) },
    { name: 'CKAN plugins', adviceOnError, run: async () => judgePlugins((await status()).extensions) },
    { name: 'loader', adviceOnError, run: async () => judgeLoader(settings, (await status()).extensions) },
  ]
}

function judgeVersion(url: string, version: string | undefined): CheckResult {
  if (version === undefined) return hint(`${url} is a CKAN that hides its version; versions 2.10 to 2.12 are supported`)
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1]))
    return right(`${url} is CKAN ${version}`)
  return wrong(`${url} is CKAN ${version}, which is too old.`, `Update CKAN to ${MIN_VERSION.join('.')} or later.`)
}

async function judgeToken({ client, token }: CkanSubject): Promise<CheckResult> {
  const caller = await createAuthorizer(client).whoami(token)
  if (caller === undefined) return judgeUnknownToken(client, token)
  if (caller.sysadmin) return right(`your token belongs to ${caller.name}, a sysadmin`)
  return wrong(
    `Your token belongs to ${caller.name}, who is not a sysadmin: reconcile, clean and parked replay refuse it.`,
    `Set CKAN_API_TOKEN to the token of a sysadmin, or make ${caller.name} a sysadmin.`,
  )
}

async function judgeUnknownToken(client: CkanClient, token: string): Promise<CheckResult> {
  const found = await findTokenHeader(client, token)
  if (found !== undefined)
    return wrong(
      `CKAN reads tokens from the header ${found}, but the deployment sends them in ${client.tokenHeader}.`,
      `Set ckanTokenHeader to '${found}' in environments.ts and deploy.`,
    )
  return wrong(
    `CKAN does not know your token in the header ${client.tokenHeader}: it has expired, was revoked or has a typing error.`,
    `Create a new token in CKAN and set CKAN_API_TOKEN. ${headerAdvice(client)}`,
  )
}

function judgePlugins(extensions: readonly string[] | undefined): CheckResult {
  if (extensions === undefined) return hint('CKAN does not list its plugins')
  const stores = extensions.filter((name) => FILE_STORES.includes(name))
  if (stores.length > 0)
    return hint(
      `${stores.join(', ')} stores the files of CKAN's own forms elsewhere; it does not touch uploads through the gateway`,
    )
  return right(extensions.length === 0 ? 'none' : extensions.join(', '))
}

function judgeLoader(
  { loader, loadPrivate, publicBucketUrl }: Settings,
  extensions: readonly string[] | undefined,
): CheckResult {
  const active = LOADERS.filter((name) => extensions?.includes(name))
  if (loader === undefined)
    return active.length === 0
      ? right('the linker asks no loader')
      : right(`${active.join(' and ')} loads files by itself when a URL changes`)
  const isInstalled = extensions === undefined || active.some((name) => name.startsWith(loader))
  if (!isInstalled)
    return wrong(
      `LOADER is ${loader}, a plugin that is not installed in this CKAN.`,
      `Add ${loader} to ckan.plugins, or set another loader or no loader.`,
    )
  if (loadPrivate && publicBucketUrl === undefined && loader !== 'xloader')
    return wrong(
      `loadPrivate is on, but CKAN's plugin gives ${loader} no private files: each of their loads fails.`,
      'Take loadPrivate out of the entry, and deploy.',
    )
  if (active.length > 1) return hint(`${active.join(' and ')} are both enabled: each file is loaded twice`)
  if (loadPrivate || publicBucketUrl !== undefined) return right(loader)
  return hint(
    `the linker asks ${loader} to load, but not the files of private datasets, which ${loader} cannot read. With CKAN's plugin xloader can: set loadPrivate`,
  )
}
