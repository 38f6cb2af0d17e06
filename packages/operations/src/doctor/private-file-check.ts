import type { CkanClient } from '@ckan-uplink/ckan'
import type { Settings } from '@ckan-uplink/core/settings'
import { isObject } from '@ckan-uplink/core/support'
import { parseLinkedUrl } from '@ckan-uplink/core/uploads'
import { type Check, type CheckResult, hint, request, right, wrong } from './check.ts'

interface PrivateFileSubject {
  readonly client: CkanClient
  /** The operator's. */
  readonly token: string
  readonly settings: Settings
  /** The address of the gateway as seen from here. */
  readonly reach: string
}

interface Given {
  readonly grant: string
  readonly url: string
}

/** Enough of a large file, too. */
const FIRST_BYTE = { headers: { Range: 'bytes=0-0' } }
/** An empty file has no first byte: 416. */
const OPENED = [200, 206, 416]

/**
 * Opens a real private file as browsers do: by a grant of CKAN's plugin, at the gateway, from the store. It asks CKAN
 * twice: for the private datasets with a URL of the gateway that changed last, and for the grant.
 */
export function privateFileChecks(subject: PrivateFileSubject): readonly Check[] {
  // The public host serves all files without a grant.
  if (subject.settings.publicBucketUrl !== undefined) return []
  return [
    {
      name: 'private file',
      adviceOnError: 'Check that this machine reaches CKAN, the gateway and the bucket.',
      async run() {
        const datasets = await findDatasets(subject)
        const resource = latestFile(subject.settings, datasets)
        if (resource === undefined) return hint(`not opened: ${whereNone(datasets)}`)
        const given = await askForGrant(subject, resource)
        return 'state' in given ? given : openByGrant(subject, resource, given)
      },
    },
  ]
}

/** A person may have copied a URL, so a dataset may have no linked file. */
const MAX_DATASETS = 5

/** The private datasets with a URL of the gateway that changed last. */
async function findDatasets({ client, token, settings }: PrivateFileSubject): Promise<readonly Found[]> {
  const terms = marksOf(settings).map((mark) => `*${mark.replaceAll(/[^0-9A-Za-z]/gu, '\\$&')}*`)
  const query = {
    q: '*:*',
    fq: `+capacity:private +res_url:${terms.length === 1 ? terms[0] : `(${terms.join(' OR ')})`}`,
    sort: 'metadata_modified desc',
    rows: MAX_DATASETS,
    include_private: true,
  }
  const { result } = await client.call<{ readonly results: readonly Found[] }>('package_search', query, token, {
    retry: true,
  })
  return result.results
}

/** The beginnings of the gateway's URLs. The plugin gives grants for no others. */
function marksOf({ gatewayUrl, formerUrls = [] }: Settings): readonly string[] {
  return [gatewayUrl, ...formerUrls].map((address) => `${address}/resource/`)
}

/** The resource whose file was linked last. */
function latestFile(settings: Settings, datasets: readonly Found[]): string | undefined {
  const marks = marksOf(settings)
  const linked = datasets
    .flatMap(({ resources }) => resources)
    .filter(({ url = '' }) => marks.some((mark) => url.startsWith(mark)))
    .filter(({ id, url = '' }) => parseLinkedUrl(settings, url)?.resourceId === id)
  return linked.toSorted((a, b) => ((a.last_modified ?? '') < (b.last_modified ?? '') ? 1 : -1))[0]?.id
}

function whereNone(datasets: readonly Found[]): string {
  if (datasets.length === 0) return 'CKAN shows your token no private dataset with a URL of this gateway'
  const names = datasets.map(({ name }) => name).join(', ')
  return `no resource has a linked file in the private datasets ${names}, the last to change of those with a URL of this gateway`
}

interface Found {
  readonly name: string
  readonly resources: readonly { readonly id: string; readonly url?: string; readonly last_modified?: string }[]
}

async function askForGrant(
  { client, token, settings }: PrivateFileSubject,
  resource: string,
): Promise<Given | CheckResult> {
  const answer = await request(`${settings.ckanUrl}/uplink/grant`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', [client.tokenHeader]: token },
    body: JSON.stringify({ resource }),
  })
  const said: unknown = await answer.json().catch(() => undefined)
  const { grant, url, error = '' } = isObject(said) ? said : {}
  if (typeof grant === 'string' && typeof url === 'string') return { grant, url }
  if (answer.status === 404 && said === undefined)
    return hint('not opened: CKAN has no plugin with a secret, which gives grants')
  return wrong(
    `CKAN gives no grant for the file of the resource ${resource}: ${answer.status} ${error}`,
    'Install the present version of ckanext-uplink, and run the doctor again. See also the log of CKAN.',
  )
}

async function openByGrant(
  { settings, reach }: PrivateFileSubject,
  resource: string,
  given: Given,
): Promise<CheckResult> {
  const address = `${given.url.replace(settings.gatewayUrl, reach)}?grant=${given.grant}`
  const atGateway = await request(address, FIRST_BYTE)
  const location = atGateway.headers.get('Location')
  const answer = location === null ? atGateway : await request(location, FIRST_BYTE)
  if (OPENED.includes(answer.status)) {
    await answer.body?.cancel()
    return right(`the file of the resource ${resource} opens by a grant`)
  }
  const who = location === null ? 'the gateway' : 'the bucket'
  const found = `The file of the resource ${resource} does not open: ${who} answers ${answer.status}.`
  if (answer.status === 404 || answer.status === 410)
    return wrong(found, 'Run npm run uplink -- reconcile: it names the files that are missing, and what to do.')
  if (location !== null)
    return wrong(found, 'Check the clock of the gateway, and whether its credentials may read the bucket.')
  return wrong(`${found} ${reasonIn(await answer.json().catch(() => undefined))}`, FIX_THE_GATEWAY)
}

const FIX_THE_GATEWAY =
  'Repair what the lines "gateway is ready" and "plugin for CKAN" say. If they are right, see the log of the gateway.'

function reasonIn(problem: unknown): string {
  return isObject(problem) && typeof problem['detail'] === 'string' ? problem['detail'] : ''
}
