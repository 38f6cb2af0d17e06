import { NotFoundError } from '@ckan-uplink/client'
import type { Work } from './work.ts'

/** `undefined` for a dataset that is gone, which a listing of the search index may still have. */
export async function findDataset<T>(id: string, work: Pick<Work, 'uplink' | 'signal'>): Promise<T | undefined> {
  try {
    return await showDataset<T>(id, work)
  } catch (thrown) {
    if (thrown instanceof NotFoundError) return undefined
    throw thrown
  }
}

/** A dataset as CKAN shows it. Throws a `NotFoundError` that names it. */
export async function showDataset<T>(id: string, { uplink, signal }: Pick<Work, 'uplink' | 'signal'>): Promise<T> {
  try {
    return await uplink.action<T>('package_show', { id }, { signal })
  } catch (cause) {
    if (!(cause instanceof NotFoundError)) throw cause
    throw new NotFoundError(`CKAN shows your token no dataset ${id}.`, { cause })
  }
}
