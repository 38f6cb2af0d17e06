import type { ShownUpload } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { toBytesText } from './bytes-text.ts'
import { printRows, type Row } from './table.ts'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

interface Link {
  readonly id: string
  readonly state: string
  readonly created_by: string
  readonly expires_at: string
  readonly files: number
  readonly max_files: number
  readonly bytes: number
  readonly max_bytes: number
  readonly publish: boolean
  readonly note?: string
}

interface Proposal {
  readonly upload: ShownUpload
  readonly link?: Link
  /** Absent where a virus scanner looks at the file once it is accepted. */
  readonly url?: string
}

export interface NewLink {
  readonly dataset?: string
  readonly resource?: string
  /** In milliseconds. */
  readonly expiresIn: number
  readonly files: number
  readonly bytes: number
  readonly note?: string
  readonly publish: boolean
}

/** Creates a link. Only its address goes to stdout, so that it can be piped. */
export async function createLink(
  { dataset, resource, expiresIn, files, bytes, note, publish }: NewLink,
  { uplink, printer }: Work,
): Promise<number> {
  if ((dataset === undefined) === (resource === undefined))
    throw new UsageError('Give either --dataset or --resource: the place that gets the files.')
  const params = { dataset, resource, note, publish, expires_in: Math.floor(expiresIn / 1000) }
  const limits = { max_files: files, max_bytes: bytes }
  // A second attempt after a lost answer would leave a link that no user knows.
  const options = { retry: false }
  const created = await uplink.action<{ link: Link; url: string }>(
    'upload_link_create',
    { ...params, ...limits },
    options,
  )
  console.log(printer.json ? JSON.stringify(created) : created.url)
  if (!printer.json) console.error(`Link ${created.link.id} works until ${created.link.expires_at}. It is shown once.`)
  return 0
}

export async function listLinks(dataset: string, { uplink, printer }: Work): Promise<number> {
  const { links } = await uplink.action<{ links: readonly Link[] }>('upload_link_list', { dataset })
  await printRows(printer, ['link', 'state', 'until', 'files', 'bytes', 'by', 'note'], links.map(toRow))
  return 0
}

function toRow(link: Link): Row {
  const { id, state, expires_at, files, max_files, bytes, max_bytes, created_by, note = '' } = link
  const taken = [`${files} of ${max_files}`, `${toBytesText(bytes)} of ${toBytesText(max_bytes)}`]
  return { result: { ...link }, cells: [id, state, expires_at, ...taken, created_by, note] }
}

export function revokeLinks(ids: readonly string[], work: Work): Promise<number> {
  return each(ids, work, async (id) => {
    const { link } = await work.uplink.action<{ link: Link }>('upload_link_revoke', { id })
    work.printer.result({ ...link }, `${id}  ${link.state}`)
  })
}

/** Lists the files that wait. The addresses open them for five minutes. */
export async function listFiles(dataset: string, { uplink, printer }: Work): Promise<number> {
  await printRows(printer, ['upload', 'name', 'bytes', 'arrived by', 'note', 'address'], filesOf(uplink, dataset))
  return 0
}

async function* filesOf(uplink: Work['uplink'], dataset: string): AsyncGenerator<Row> {
  let after: string | null = null
  do {
    const page: { readonly proposals: readonly Proposal[]; readonly next: string | null } = await uplink.action(
      'upload_proposals',
      { dataset, after },
    )
    for (const proposal of page.proposals) {
      const { upload, link, url = '' } = proposal
      const { name = '', size = '' } = upload.declared
      const cells = [upload.id, name, String(size), `link ${link?.id ?? ''}`, link?.note ?? '', url]
      yield { result: { ...proposal }, cells }
    }
    after = page.next
  } while (after !== null)
}

/** Accepts files, and waits until CKAN shows them. */
export function acceptFiles(
  ids: readonly string[],
  { timeout }: { readonly timeout: number },
  work: Work,
): Promise<number> {
  const { uplink, printer, signal } = work
  return each(ids, work, async (id) => {
    await uplink.action('upload_accept', { id })
    const { state, entity, declared } = await uplink.waitFor(id, 'linked', { timeoutMs: timeout * 1000, signal })
    printer.result({ id, state, resource: entity.id }, `${id}  ${state}  ${declared.name ?? ''}  resource ${entity.id}`)
  })
}

export function refuseFiles(
  ids: readonly string[],
  { reason }: { readonly reason: string },
  work: Work,
): Promise<number> {
  return each(ids, work, async (id) => {
    const { upload } = await work.uplink.action<{ upload: ShownUpload }>('upload_refuse', { id, reason })
    work.printer.result({ ...upload }, `${id}  refused  ${upload.declared.name ?? ''}`)
  })
}

/** Does this for each id in turn. Returns the number of failures. */
async function each(
  ids: readonly string[],
  { printer, signal }: Work,
  decide: (id: string) => Promise<void>,
): Promise<number> {
  let failures = 0
  for (const id of ids) {
    signal.throwIfAborted()
    try {
      await decide(id)
    } catch (thrown) {
      failures += 1
      printer.failure({ id, reason: messageOf(thrown) }, id)
    }
  }
  return failures
}
