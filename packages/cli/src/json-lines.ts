import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { parseJson } from '@ckan-uplink/core/support'

/** One line of a file with one JSON value per line. */
export function toLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

/**
 * The values of a file with one JSON value per line. A crash may have cut its last line, so other lines are ignored.
 */
export async function* readLines<T>(input: Readable): AsyncGenerator<T, void> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const value = parseJson(line)
    if (value !== undefined) yield value as T
  }
}
