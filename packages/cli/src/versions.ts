import { createWriteStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Goal, ShownUpload } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { excerptOf, type FetchedFile, fetchWithToken } from './fetch-with-token.ts'
import { printRows, type Row } from './table.ts'
import type { Work } from './work.ts'

interface Version {
  readonly upload: string
  readonly state: string
  readonly name: string
  readonly size?: number
  readonly at?: string
  readonly by?: string
  readonly url?: string
  /** For readers, without the user and the reason. */
  readonly withdrawn?: { readonly at: string; readonly by?: string; readonly reason?: string }
}

interface Page {
  readonly versions: readonly Version[]
  readonly next: string | null
}

const HEAD = ['upload', 'state', 'linked', 'by', 'bytes', 'name']
const PAGE = 100

/** Prints all versions of a resource. Returns the number of failures. */
export async function listVersions(resource: string, { uplink, printer }: Work): Promise<number> {
  await printRows(printer, HEAD, rowsOf(versionsOf(uplink, resource)))
  return 0
}

async function* versionsOf(uplink: Work['uplink'], resource: string): AsyncGenerator<Version> {
  let after: string | null = null
  do {
    const page: Page = await uplink.action('resource_versions', { id: resource, limit: PAGE, after })
    yield* page.versions
    after = page.next
  } while (after !== null)
}

async function* rowsOf(versions: AsyncIterable<Version>): AsyncGenerator<Row> {
  for await (const version of versions) {
    const { upload, state, name, size, at, by, withdrawn } = version
    const why = withdrawn?.by === undefined ? state : `${state} by ${withdrawn.by}: ${withdrawn.reason}`
    yield { result: { ...version }, cells: [upload, why, at ?? '', by ?? '', String(size ?? ''), name] }
  }
}

/** Saves the file of a version. Never overwrites a file. Returns the number of failures. */
export async function openVersion(
  resource: string,
  upload: string,
  { output }: { readonly output?: string },
  work: Work,
): Promise<number> {
  try {
    const version = await findVersion(work, resource, upload)
    const path = output ?? basename(version.name)
    await save(await download(work, version), path)
    if (path !== '-') work.printer.result({ ...version, path }, `${path}  ${version.size ?? ''} bytes`)
    return 0
  } catch (thrown) {
    work.printer.failure({ upload, reason: messageOf(thrown) }, upload)
    return 1
  }
}

async function findVersion({ uplink }: Work, resource: string, upload: string): Promise<Version> {
  for await (const version of versionsOf(uplink, resource)) if (version.upload === upload) return version
  throw new Error(`The resource ${resource} has no such version: list them with ckan-uplink versions list.`)
}

/** Asks only the gateway that the token belongs to: the answer may name another address of it. */
async function download({ gateway, tokenHeaders, signal }: Work, { url, withdrawn }: Version): Promise<FetchedFile> {
  if (url === undefined) throw new Error(whyWithdrawn(withdrawn))
  const address = new URL(gateway + new URL(url).pathname)
  const response = await fetchWithToken(address, { own: [address.origin], tokenHeaders, signal })
  if (!response.ok) throw new Error(`The gateway answered ${response.status}: ${await excerptOf(response)}`)
  return response
}

function whyWithdrawn(withdrawn: Version['withdrawn']): string {
  const { at, by, reason } = withdrawn ?? {}
  return by === undefined ? `It was withdrawn on ${at}.` : `It was withdrawn by ${by}: ${reason}`
}

async function save({ body }: FetchedFile, path: string): Promise<void> {
  if (path === '-') await pipeline(body, process.stdout, { end: false })
  else await pipeline(body, createWriteStream(path, { flags: 'wx' })).catch(withAdvice(path))
}

function withAdvice(path: string) {
  return (thrown: NodeJS.ErrnoException): never => {
    if (thrown.code !== 'EEXIST') throw thrown
    throw new Error(`There is a file ${path} already: name another one by --output.`)
  }
}

/** Restores a version and waits until CKAN shows it. Returns the number of failures. */
export async function restoreVersion(
  resource: string,
  upload: string,
  { wait, timeout }: { readonly wait: Goal | 'none'; readonly timeout: number },
  { uplink, printer, signal }: Work,
): Promise<number> {
  try {
    const restored = (await uplink.action<{ upload: ShownUpload }>('resource_restore', { id: resource, upload })).upload
    const record =
      wait === 'none' ? restored : await uplink.waitFor(restored.id, wait, { timeoutMs: timeout * 1000, signal })
    printer.result(
      { ...record },
      `${record.id}  ${record.state}  ${record.declared.name ?? ''}, restored from ${upload}`,
    )
    return 0
  } catch (thrown) {
    printer.failure({ upload, reason: messageOf(thrown) }, upload)
    return 1
  }
}
