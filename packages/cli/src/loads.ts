import { setTimeout as sleep } from 'node:timers/promises'
import type { Load, Loader } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { identify, isTabular } from '@ckan-uplink/core/uploads'
import { UsageError } from './usage-error.ts'
import type { Work } from './work.ts'

export interface LoadCommand {
  readonly dataset?: string
  readonly loader: Loader
  readonly wait: boolean
  /** In seconds. */
  readonly timeout: number
}

interface ShownResource {
  readonly id: string
  readonly name: string | null
  readonly url: string | null
  readonly format: string | null
  /** Absent without the DataStore. */
  readonly datastore_active?: boolean
}

const PAUSE_MS = 1000
const LOST = 'the loader says complete, twice, but CKAN shows no table: look at the log of the loader'

/** Asks a loader to load resources, or all tables of a dataset. Returns the number of failures. */
export async function loadResources(ids: readonly string[], command: LoadCommand, work: Work): Promise<number> {
  if (ids.length > 0 === (command.dataset !== undefined))
    throw new UsageError('Give either the ids of resources, or --dataset to load all tables of a dataset.')
  const resources = command.dataset === undefined ? ids : await tablesOf(command.dataset, work)
  const underWay: string[] = []
  for (const id of resources) if (!work.signal.aborted && (await submit(id, command, work))) underWay.push(id)
  let went = command.wait ? 0 : underWay.length
  for (const id of command.wait ? underWay : []) if (await reportEnd(id, command, work)) went += 1
  return resources.length - went
}

async function tablesOf(dataset: string, { uplink, signal }: Work): Promise<readonly string[]> {
  const { resources } = await uplink.action<{ readonly resources: readonly ShownResource[] }>(
    'package_show',
    { id: dataset },
    { signal },
  )
  const tables = resources.filter(isTable)
  const others = resources.length - tables.length
  if (others > 0)
    console.error(`Skipped ${others} of ${resources.length} resources: they are not tables, or have no file.`)
  return tables.map(({ id }) => id)
}

function isTable({ url, format }: ShownResource): boolean {
  if (!url) return false
  const resource = { format: '', link: url }
  return isTabular(identify({ declared: { format: format ?? '' }, resource }).format)
}

/** Whether a load is now under way, either new or already pending. */
async function submit(id: string, { loader, wait }: LoadCommand, work: Work): Promise<boolean> {
  const { uplink, printer } = work
  try {
    const options = (await isLost(id, loader, work)) ? { ignoreHash: true } : {}
    const state = (await uplink.submitLoad(id, loader, options)) ? 'submitted' : 'pending'
    if (!wait)
      printer.result(
        { resource: id, state },
        `${id}  ${state}${state === 'pending' ? ': an earlier load is not finished' : ''}`,
      )
    return true
  } catch (thrown) {
    printer.failure({ resource: id, state: 'failed', reason: submitFailure(thrown, loader) }, id)
    return false
  }
}

/**
 * Whether the loader says complete and CKAN shows no table. Writes that race can undo the loader's mark in CKAN. The
 * loader would skip the file, because it has not changed.
 */
async function isLost(id: string, loader: Loader, { uplink, signal }: Work): Promise<boolean> {
  const { datastore_active } = await uplink.action<ShownResource>('resource_show', { id }, { signal })
  return datastore_active === false && (await uplink.showLoad(id, loader))?.status === 'complete'
}

/** CKAN answers "Action name not known" if no plugin provides the action. */
function submitFailure(thrown: unknown, loader: string): string {
  const why = messageOf(thrown)
  return why.includes('Action name not known')
    ? `This CKAN has no ${loader}: add it to ckan.plugins, or choose another loader with --loader.`
    : why
}

async function reportEnd(id: string, command: LoadCommand, work: Work): Promise<boolean> {
  const { printer } = work
  try {
    const { status, error = 'the loader gives no reason' } = await waitForTable(id, command, work)
    if (status === 'complete') printer.result({ resource: id, state: 'loaded' }, `${id}  loaded`)
    else printer.failure({ resource: id, state: status, reason: error }, id)
    return status === 'complete'
  } catch (thrown) {
    printer.failure({ resource: id, state: 'unknown', reason: messageOf(thrown) }, id)
    return false
  }
}

/** Waits for the load, and loads the file again if CKAN does not show its table. */
async function waitForTable(id: string, command: LoadCommand, work: Work): Promise<Load> {
  const load = await waitForLoad(id, command, work)
  if (!(await isLost(id, command.loader, work))) return load
  await work.uplink.submitLoad(id, command.loader, { ignoreHash: true })
  const again = await waitForLoad(id, command, work)
  return (await isLost(id, command.loader, work)) ? { ...again, status: 'lost', error: LOST } : again
}

async function waitForLoad(id: string, { loader, timeout }: LoadCommand, { uplink, signal }: Work): Promise<Load> {
  const until = Date.now() + timeout * 1000
  for (;;) {
    const load = await uplink.showLoad(id, loader)
    if (load !== undefined && ['complete', 'error'].includes(load.status)) return load
    if (Date.now() > until)
      throw new Error(`it is not loaded after ${timeout} s: the loader says ${load?.status ?? 'nothing'}`)
    await sleep(PAUSE_MS, undefined, { signal })
  }
}
