import { type Dataset, NotFoundError, type Uplink } from '@ckan-uplink/client'
import { messageOf } from '@ckan-uplink/core'
import { printRows, type Row, toCell } from './table.ts'
import type { Work } from './work.ts'

/** Lists all datasets that the caller may see. An unknown organization is an error, not an empty list. */
export async function listDatasets(
  { organization, query }: { readonly organization?: string; readonly query?: string },
  { uplink, printer, signal }: Work,
): Promise<number> {
  const found =
    organization === undefined
      ? undefined
      : await uplink.action<{ readonly name: string }>('organization_show', { id: organization }, { signal })
  const datasets = uplink.datasets({ q: query, fq: found && `organization:"${found.name}"`, signal })
  const count = await printRows(printer, ['name', 'title', 'organization', 'resources', ''], toRows(datasets))
  if (count === 0 && !printer.json) console.error('No dataset that you may see matches.')
  return 0
}

async function* toRows(datasets: AsyncIterable<Dataset>): AsyncGenerator<Row> {
  for await (const dataset of datasets) {
    const { name, title, resources, organization } = dataset
    const owner = organization as { readonly name?: string } | null | undefined
    yield {
      result: dataset,
      cells: [name, title, owner?.name ?? '', String(resources.length), dataset['private'] === true ? 'private' : ''],
    }
  }
}

/**
 * Finds the dataset with this title. Fails if several datasets have it. If none has it, the reason names similar ones.
 */
export async function showDatasetOf(title: string, { uplink, printer }: Work): Promise<number> {
  try {
    const dataset = await uplink.findDataset(title)
    if (dataset === undefined) throw new NotFoundError(await describeNearMatches(title, uplink))
    printer.result(dataset, `${dataset.name}  ${dataset.title}  ${dataset.id}`)
    return 0
  } catch (thrown) {
    printer.failure({ title, reason: messageOf(thrown) }, title)
    return 1
  }
}

async function describeNearMatches(title: string, uplink: Uplink): Promise<string> {
  const near = await uplink.similarDatasets(title)
  const list = near.map((dataset) => `${toCell(dataset.title)} (${dataset.name})`).join(', ')
  return `no dataset that you may see has this title${list === '' ? '' : `. Near matches: ${list}`}`
}
