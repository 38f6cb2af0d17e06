import type { StoredObject } from '../ports/index.ts'

/** The items in groups of so many, the last one smaller: read no further than the group that is asked for. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<readonly T[]> {
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

/** As an option of a listing, and as a part of a position. */
export function startAfter(after: string | undefined): { readonly after?: string } {
  return after === undefined ? {} : { after }
}
