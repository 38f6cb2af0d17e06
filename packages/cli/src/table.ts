import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import type { Printer } from './printer.ts'

export interface Row {
  /** What `--json` prints. */
  readonly result: Readonly<Record<string, unknown>>
  /** What people read, in the order of the head. */
  readonly cells: readonly string[]
}

const ROWS_AT_ONCE = 100
const LINES =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'.split(
    ' ',
  )

/** Prints rows while they come: a JSON object a line, or a table for each hundred; also those before a failure. Gives how many there were. */
export async function printRows(
  { json }: Pick<Printer, 'json'>,
  head: readonly string[],
  rows: AsyncIterable<Row> | Iterable<Row>,
): Promise<number> {
  let count = 0
  let waiting: (readonly string[])[] = []
  const flush = () => {
    if (waiting.length > 0) console.log(toTable(head, waiting))
    waiting = []
  }
  try {
    for await (const { result, cells } of rows) {
      count += 1
      if (json) console.log(JSON.stringify(result))
      else waiting.push(cells)
      if (waiting.length === ROWS_AT_ONCE) flush()
    }
  } finally {
    flush()
  }
  return count
}

/** Columns as wide as what they hold, without lines, so that a line can be cut and copied. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const chars = Object.fromEntries(LINES.map((line) => [line, '']))
  const table = new Table({
    head: [...head],
    chars: { ...chars, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  table.push(...rows.map((row) => row.map(toCell)))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** On one line, and nothing that a terminal would obey: titles and reasons come from anybody. */
function toCell(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}
