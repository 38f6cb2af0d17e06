import { messageOf } from '../errors.ts'
import { shownIn } from '../link/decide.ts'
import type { LinkDeps } from '../link/link.ts'
import { isOpenToLoader } from '../link/open-to-loader.ts'
import type { Dataset, DatasetLister } from '../ports/index.ts'
import { inBatches } from '../support/batches.ts'
import type { UrlSettings } from '../uploads/linked-url.ts'
import { createShownTable, type ShownTable } from './shown-table.ts'

/** One of so many listed datasets is compared with CKAN's own answer. */
const GROUP = 100
/** The table of more resources could need more memory than a Worker has. */
const MOST_RESOURCES = 1_000_000

/**
 * Lists all datasets, and remembers which upload CKAN shows for each resource. The list comes from CKAN's search index,
 * which may be older or newer than CKAN's database. So for each group it also asks CKAN for the dataset that was
 * changed last, and leaves out the group when the answers differ. They differ after the database was restored.
 *
 * An incomplete table only costs more calls later. So an error ends the reading, and so do the time limit and a very
 * large number of resources.
 */
export async function listShown(
  deps: Pick<LinkDeps, 'settings' | 'catalog' | 'clock' | 'logger'>,
  lister: DatasetLister,
  forMs = Number.POSITIVE_INFINITY,
): Promise<ShownTable> {
  const { settings, clock, logger } = deps
  const table = createShownTable()
  const until = clock.now().getTime() + forMs
  try {
    for await (const group of inBatches(lister.datasets(), GROUP)) {
      if (await isCurrent(deps, group)) for (const dataset of group) remember(settings, table, dataset)
      if (table.size >= MOST_RESOURCES || clock.now().getTime() > until) break
    }
  } catch (error) {
    logger.log('warn', 'datasets_not_listed', { reason: messageOf(error) })
  }
  return table
}

async function isCurrent(
  { settings, catalog }: Pick<LinkDeps, 'settings' | 'catalog'>,
  group: readonly Dataset[],
): Promise<boolean> {
  const [last] = group.toSorted((a, b) => (changedAt(settings, a) < changedAt(settings, b) ? 1 : -1))
  if (last === undefined || urlsIn(settings, last).length === 0) return true
  const present = await catalog.readDataset(last.id)
  return present !== undefined && String(urlsIn(settings, present)) === String(urlsIn(settings, last))
}

/** When a resource with a file of ours was last changed; `''` when there is none. */
function changedAt(settings: UrlSettings, { resources }: Dataset): string {
  const own = resources.filter((resource) => shownIn(settings, resource))
  const times = own.map(({ metadataModified, lastModified }) => metadataModified ?? lastModified ?? '0')
  return times.reduce((last, time) => (time > last ? time : last), '')
}

function urlsIn(settings: UrlSettings, { state, resources }: Dataset): readonly string[] {
  const own = resources.filter((resource) => state !== 'deleted' && shownIn(settings, resource))
  return own.map(({ id, url }) => `${id} ${url}`).sort()
}

function remember(settings: LinkDeps['settings'], table: ShownTable, dataset: Dataset): void {
  if (dataset.state === 'deleted') return
  const isOpen = isOpenToLoader(settings, dataset)
  for (const resource of dataset.resources) {
    const shown = shownIn(settings, resource)
    if (shown) table.set(resource.id, { ...shown, isOpen })
  }
}
