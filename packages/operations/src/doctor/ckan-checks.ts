import { type CkanClient, createAuthorizer, findTokenHeader, headerAdvice } from '@ckan-uplink/ckan'
import type { Settings } from '@ckan-uplink/core'
import { type Check, hint, right, type Verdict, wrong } from './check.ts'

export interface CkanSubject {
  readonly client: CkanClient
  readonly token: string
  readonly settings: Settings
}

interface Status {
  readonly ckan_version?: string
  readonly extensions?: readonly string[]
}

const LEAST = [2, 10] as const
const LOADERS = ['xloader', 'datapusher', 'datapusher_plus']
/** Plugins that keep what is uploaded through CKAN's own forms in a cloud. */
const FILE_STORES = ['cloudstorage', 's3filestore', 'azurefilestore', 'blob_storage', 'external_storage', 'files']

/** Does CKAN answer, in a version that is known, to whom, and with which plugins? */
export function ckanChecks({ client, token, settings }: CkanSubject): readonly Check[] {
  const status = async () => (await client.call<Status>('status_show', {}, token, { retry: true })).result
  const otherwise = `See whether ${settings.ckanUrl} is up, and CKAN's address as it answers without a redirect.`
  return [
    { name: 'CKAN', otherwise, run: async () => judgeVersion(client.url, (await status()).ckan_version) },
    { name: 'CKAN token', otherwise, run: () => judgeToken({ client, token, settings }) },
    { name: 'CKAN plugins', otherwise, run: async () => judgePlugins((await status()).extensions) },
    { name: 'loader', otherwise, run: async () => judgeLoader(settings, (await status()).extensions) },
  ]
}

function judgeVersion(url: string, version: string | undefined): Verdict {
  if (version === undefined) return hint(`${url} is a CKAN that hides its version; 2.10 to 2.12 are known`)
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return right(`${url} is CKAN ${version}`)
  return wrong(`${url} is CKAN ${version}, which is too old.`, `Update CKAN to ${LEAST.join('.')} or later.`)
}

async function judgeToken({ client, token }: CkanSubject): Promise<Verdict> {
  const caller = await createAuthorizer(client).whoami(token)
  if (caller === undefined) return judgeUnknownToken(client, token)
  if (caller.sysadmin) return right(`yours is that of ${caller.name}, a sysadmin`)
  const limits = 'reconcile, clean and parked replay refuse'
  return wrong(
    `Yours is that of ${caller.name}, who is no sysadmin: ${limits}.`,
    `Set CKAN_API_TOKEN to a sysadmin's, or make ${caller.name} one.`,
  )
}

async function judgeUnknownToken(client: CkanClient, token: string): Promise<Verdict> {
  const found = await findTokenHeader(client, token)
  if (found !== undefined)
    return wrong(
      `CKAN reads tokens from the header ${found}, and the deployment sends them in ${client.tokenHeader}.`,
      `Set ckanTokenHeader to '${found}' in environments.ts and deploy.`,
    )
  return wrong(
    `CKAN does not know your token in the header ${client.tokenHeader}: it is expired, revoked or mistyped.`,
    `Make a new one in CKAN and set CKAN_API_TOKEN. ${headerAdvice(client)}`,
  )
}

function judgePlugins(extensions: readonly string[] | undefined): Verdict {
  if (extensions === undefined) return hint('CKAN does not say which plugins it has')
  const stores = extensions.filter((name) => FILE_STORES.includes(name))
  if (stores.length > 0)
    return hint(
      `${stores.join(', ')} keeps what comes through CKAN's own forms elsewhere; what comes through the gateway it leaves alone`,
    )
  return right(extensions.length === 0 ? 'none' : extensions.join(', '))
}

function judgeLoader({ loader, publicBucketUrl }: Settings, extensions: readonly string[] | undefined): Verdict {
  const active = LOADERS.filter((name) => extensions?.includes(name))
  if (loader === undefined)
    return active.length === 0
      ? right('none is asked to load')
      : right(`${active.join(' and ')} loads by itself when a URL changes`)
  const isThere = extensions === undefined || active.some((name) => name.startsWith(loader))
  if (!isThere)
    return wrong(
      `LOADER is ${loader}, a plugin that this CKAN has not got.`,
      `Switch ${loader} on in ckan.plugins, or set another loader, or none.`,
    )
  if (active.length > 1) return hint(`${active.join(' and ')} are both on: each file is loaded twice`)
  return publicBucketUrl === undefined
    ? hint(`${loader} is asked to load; it has no token for the gateway, so files of private datasets are not loaded`)
    : right(loader)
}
