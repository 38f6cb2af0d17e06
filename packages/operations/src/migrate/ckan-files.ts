import type { IncomingMessage } from 'node:http'
import { UsageError } from '@ckan-uplink/cli'
import { fetchWithToken, type Work } from '@ckan-uplink/cli/migrate'
import { messageOf } from '@ckan-uplink/core'

/** A file of CKAN, as both files APIs show it. */
export interface CkanFile {
  readonly id: string
  readonly name: string
  readonly storage: string
  readonly location: string
  readonly content_type: string
  readonly size: number
  readonly owner_type: string | null
  readonly owner_id: string | null
  readonly pinned: boolean
}

interface Page {
  readonly count: number
  readonly results: readonly CkanFile[]
}

const ROWS = 100
/** CKAN 2.12 does not sort by id. */
const SORT = [['created', 'asc']]
/** The actions and addresses of ckanext-files, and of CKAN 2.12. */
const SCANS = ['files_file_scan', 'file_owner_scan']
const SHOWS = ['files_file_show', 'file_show']
const DOWNLOADS = ['files/download', 'file/download']

/** The files of a storage in CKAN, of these owners (`<type>/<id>`) or of all. CKAN 2.12 lists them by owner only. */
export async function* listCkanFiles(
  work: Work,
  { from, owners }: { readonly from: string; readonly owners: readonly string[] },
): AsyncGenerator<CkanFile> {
  const lists =
    owners.length > 0
      ? owners.map((owner) => ({ actions: SCANS, fields: ownerIn(owner) }))
      : [{ actions: ['files_file_search'], fields: { filters: { storage: from } } }]
  for (const { actions, fields } of lists) {
    for (let start = 0, count = 1; start < count; start += ROWS) {
      const page = await callEither<Page>(work, actions, { ...fields, start, rows: ROWS, sort: SORT }).catch(
        (thrown: unknown) => {
          if (!isUnknownAction(thrown)) throw thrown
          throw new UsageError('This CKAN lists files by owner only: give --owner <type>/<id>.')
        },
      )
      count = page.count
      yield* page.results.filter(({ storage }) => storage === from)
    }
  }
}

function ownerIn(owner: string): object {
  const [type = '', id = '', ...rest] = owner.split('/')
  if (type === '' || id === '' || rest.length > 0)
    throw new UsageError(`Give --owner as <type>/<id>, such as package/ID, instead of ${JSON.stringify(owner)}.`)
  return { owner_type: type, owner_id: id }
}

/** The file with this id, as CKAN shows it to the operator. */
export function showCkanFile(id: string, work: Pick<Work, 'uplink' | 'signal'>): Promise<CkanFile> {
  return callEither<CkanFile>(work, SHOWS, { id })
}

/** By the first of these actions that CKAN has. Throws CKAN's answer if it has none. */
async function callEither<T>(
  { uplink, signal }: Pick<Work, 'uplink' | 'signal'>,
  [action = '', ...others]: readonly string[],
  fields: object,
): Promise<T> {
  try {
    return await uplink.action<T>(action, fields as Parameters<typeof uplink.action>[1], { signal })
  } catch (thrown) {
    if (others.length === 0 || !isUnknownAction(thrown)) throw thrown
    return callEither({ uplink, signal }, others, fields)
  }
}

function isUnknownAction(thrown: unknown): boolean {
  return messageOf(thrown).includes('Action name not known')
}

/** The bytes of a file by CKAN's own download. */
export async function downloadCkanFile(
  { id }: Pick<CkanFile, 'id'>,
  { gateway: ckan, tokenHeaders, signal }: Work,
): Promise<IncomingMessage> {
  let status = 0
  for (const path of DOWNLOADS) {
    const options = { own: [new URL(ckan).origin], tokenHeaders, signal }
    const answer = await fetchWithToken(new URL(`${ckan}/${path}/${encodeURIComponent(id)}`), options)
    if (answer.ok) return answer.body
    answer.body.destroy()
    status = answer.status
    if (status !== 404) break
  }
  throw new Error(`CKAN answered the download of file ${id} with ${status}.`)
}

interface ShownPlace {
  readonly url?: string
  readonly package_id?: string
  readonly owner_org?: string | null
}

/** The organization of the owner, and the URL of the owner if that is a resource. */
export async function readOwner(
  { owner_type: type, owner_id: id }: CkanFile,
  { uplink, signal }: Work,
): Promise<{ readonly organization?: string; readonly url: string }> {
  const show = (action: string, of: string) => uplink.action<ShownPlace>(action, { id: of }, { signal })
  if (type === 'organization' && id !== null) return { organization: id, url: '' }
  if ((type !== 'package' && type !== 'resource') || id === null) return { url: '' }
  const resource = type === 'resource' ? await show('resource_show', id) : undefined
  const { owner_org } = await show('package_show', resource?.package_id ?? id)
  return { url: resource?.url ?? '', ...(owner_org && { organization: owner_org }) }
}
