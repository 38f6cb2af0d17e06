import { toBytesText } from '../bytes-text.ts'
import { printRows, type Row } from '../table.ts'
import type { Work } from '../work.ts'
import { type Choice, type ChosenFile, chooseFiles, isTable } from './choose-files.ts'
import type { StoredImage } from './images.ts'
import type { ShownDataset } from './shown.ts'

const HEAD = ['dataset', 'files', 'size', 'left out']
const SECONDS_PER_MINUTE = 60
/** 100 Mbit/s. */
const BYTES_PER_SECOND = 12_500_000
/** `test/upload-cost.test.ts` counts them. A larger file goes in parts, and each part is one write more. */
const WRITES_PER_FILE = 4
const READS_PER_FILE = 2

interface Sum {
  files: number
  bytes: number
  unknown: number
  tables: number
  tableBytes: number
  leftOut: number
}

/** Prints a row for each dataset with files that would move. Returns no failures. */
export async function printPlan(
  datasets: AsyncIterable<ShownDataset>,
  images: AsyncIterable<StoredImage>,
  choice: Choice,
  { printer }: Work,
): Promise<number> {
  const sum: Sum = { files: 0, bytes: 0, unknown: 0, tables: 0, tableBytes: 0, leftOut: 0 }
  const count = await printRows(printer, HEAD, rowsOf(datasets, choice, sum))
  let imageCount = 0
  for await (const _ of images) imageCount += 1
  const { files, bytes, unknown, tables, tableBytes, leftOut } = sum
  const [writes, reads] = [files * WRITES_PER_FILE, files * READS_PER_FILE]
  const line = {
    datasets: count,
    files,
    bytes,
    unknown,
    tables,
    table_bytes: tableBytes,
    left_out: leftOut,
    writes,
    reads,
  }
  if (printer.json) console.log(JSON.stringify({ ...line, images: imageCount }))
  else if (files + imageCount === 0) console.log('No file would move.')
  else {
    const minutes = Math.ceil(bytes / BYTES_PER_SECOND / SECONDS_PER_MINUTE)
    const more = unknown === 0 ? '' : `, and ${unknown} files whose size CKAN does not know`
    console.log(
      `\n${files} files would move: ${toBytesText(bytes)}${more}. At 100 Mbit/s that takes ${minutes} min or more.`,
    )
    console.log(`The bucket gets ${writes} writes (PUT) and ${reads} reads (GET) or more, and each file once.`)
    if (imageCount > 0) console.log(`${imageCount} images of organizations, groups and users would move.`)
    if (tables > 0)
      console.log(`A loader reads ${tables} of them again (${toBytesText(tableBytes)}), and skips loaded tables.`)
    console.log('Nothing has changed. Run it with --fix to move them.')
  }
  return 0
}

async function* rowsOf(datasets: AsyncIterable<ShownDataset>, choice: Choice, sum: Sum): AsyncGenerator<Row> {
  for await (const dataset of datasets) {
    const { files, leftOut } = chooseFiles(dataset, choice)
    if (files.length + leftOut.length === 0) continue
    const bytes = sizeOf(files)
    sum.files += files.length
    sum.bytes += bytes
    sum.unknown += files.filter((file) => file.bytes === undefined).length
    const tables = files.filter(({ resource }) => isTable(resource))
    sum.tables += tables.length
    sum.tableBytes += sizeOf(tables)
    sum.leftOut += leftOut.length
    const reasons = leftOut.map(({ resource, reason }) => ({ resource: resource.id, reason }))
    yield {
      result: { dataset: dataset.name, files: files.length, bytes, left_out: reasons },
      cells: [dataset.name, String(files.length), toBytesText(bytes), describe(reasons)],
    }
  }
}

function describe(leftOut: readonly { readonly reason: string }[]): string {
  const groups = Map.groupBy(leftOut, ({ reason }) => reason)
  return [...groups].map(([reason, group]) => `${group.length}: ${reason}`).join(' ')
}

function sizeOf(files: readonly ChosenFile[]): number {
  return files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0)
}
