import { printRows, type Row } from '@ckan-uplink/cli'
import { isTable, type ShownDataset, toBytesText } from '@ckan-uplink/cli/migrate'
import { findImages } from './find-images.ts'
import { findObjects } from './find-objects.ts'
import type { Move } from './move.ts'

const SECONDS_PER_MINUTE = 60
/** A store copies this many small files, or this many bytes, in a second. */
const FILES_PER_SECOND = 20
const BYTES_PER_SECOND = 100_000_000

interface Sum {
  files: number
  bytes: number
  tables: number
  table_bytes: number
  left_out: number
  images: number
  image_bytes: number
  images_left_out: number
}

/** Prints a row for each dataset with files in the former bucket. Changes nothing. */
export async function printPlan(datasets: AsyncIterable<ShownDataset>, move: Move): Promise<void> {
  const sum: Sum = {
    ...{ files: 0, bytes: 0, tables: 0, table_bytes: 0, left_out: 0 },
    ...{ images: 0, image_bytes: 0, images_left_out: 0 },
  }
  const count = await printRows(move.work.printer, ['dataset', 'files', 'size', 'left out'], rows(datasets, move, sum))
  await addImages(move, sum)
  const seconds = Math.max(sum.files / FILES_PER_SECOND, sum.bytes / BYTES_PER_SECOND)
  if (move.work.printer.json) return console.log(JSON.stringify({ datasets: count, ...sum }))
  if (sum.files + sum.images === 0) return console.log('No file would move.')
  const minutes = Math.ceil(seconds / SECONDS_PER_MINUTE)
  console.log(`\n${sum.files} files would move: ${toBytesText(sum.bytes)}, in about ${minutes} min.`)
  if (sum.images + sum.images_left_out > 0)
    console.log(
      `Images of organizations, groups and users: ${sum.images} (${toBytesText(sum.image_bytes)}) would move, ${sum.images_left_out} stay.`,
    )
  if (sum.tables > 0)
    console.log(
      `A loader reads ${sum.tables} of them again (${toBytesText(sum.table_bytes)}), and skips loaded tables.`,
    )
  console.log('Nothing has changed. Run it with --fix to move them.')
}

async function* rows(datasets: AsyncIterable<ShownDataset>, move: Move, sum: Sum): AsyncGenerator<Row> {
  for await (const dataset of datasets) {
    move.work.signal.throwIfAborted()
    const { found, leftOut } = await findObjects(dataset, move)
    if (found.length + leftOut.length === 0) continue
    const tables = found.filter(({ resource }) => isTable(resource))
    const bytes = bytesOf(found)
    sum.files += found.length
    sum.bytes += bytes
    sum.tables += tables.length
    sum.table_bytes += bytesOf(tables)
    sum.left_out += leftOut.length
    const reasons = leftOut.map(({ resource, reason }) => ({ resource: resource.id, reason }))
    yield {
      result: { dataset: dataset.name, files: found.length, bytes, left_out: reasons },
      cells: [dataset.name, String(found.length), toBytesText(bytes), reasons.map(({ reason }) => reason).join(' ')],
    }
  }
}

async function addImages(move: Move, sum: Sum): Promise<void> {
  const { printer } = move.work
  for await (const image of findImages(move)) {
    if ('reason' in image) {
      const { type, owner, imageUrl } = image.image
      sum.images_left_out += 1
      printer.note({ [type]: owner, image: imageUrl, reason: image.reason }, `${type} ${owner}  ${imageUrl}`)
    } else {
      sum.images += 1
      sum.image_bytes += image.object.size
    }
  }
}

function bytesOf(files: readonly { readonly object: { readonly size: number } }[]): number {
  return files.reduce((sum, { object }) => sum + object.size, 0)
}
