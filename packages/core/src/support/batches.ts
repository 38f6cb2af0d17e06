import type { StoredObject } from '../ports/index.ts'

/** Yields the items in groups of `size`; the last group may be smaller. Reads no further than the current group. */
export async function* inBatches<T>(items: AsyncIterable<T> | Iterable<T>, size: number): AsyncGenerator<readonly T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

export async function* modifiedSince(
  listing: AsyncIterable<StoredObject>,
  since: Date | undefined,
): AsyncGenerator<StoredObject> {
  for await (const object of listing) if (since === undefined || object.modifiedAt >= since) yield object
}

/** An optional `after`, for the options of a listing and for stored positions. */
export function startAfter(after: string | undefined): { readonly after?: string } {
  return after === undefined ? {} : { after }
}
