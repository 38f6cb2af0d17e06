import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import type { Printer } from './printer.ts'

export interface Row {
  /** Printed with `--json`. */
  readonly result: Readonly<Record<string, unknown>>
  /** Printed without `--json`, in the order of the head. */
  readonly cells: readonly string[]
}

const ROWS_AT_ONCE = 100
const LINES =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid'.split(
    ' ',
  )

/**
 * Prints rows as they arrive: one JSON object per line, or a table for each hundred rows. Rows before a failure are
 * printed, too. Returns the number of rows.
 */
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

/** Formats a table without borders, so that lines can be cut and copied. */
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

/** Removes line breaks and terminal control characters: any user can put them into titles and reasons. */
export function toCell(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}
