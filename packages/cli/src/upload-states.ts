import type { SentFile } from './kept-requests.ts'
import type { Work } from './work.ts'

/**
 * The states of uploads, by id, as far as the gateway knows them without CKAN. An upload without a status key, or that
 * the gateway does not find, is missing.
 */
export async function showStates(
  { uplink, signal }: Pick<Work, 'uplink' | 'signal'>,
  files: readonly SentFile[],
): Promise<ReadonlyMap<string, string>> {
  const keyed = files.flatMap(({ upload, key }) => (key === undefined ? [] : [{ id: upload, key }]))
  const statuses = await uplink.statuses(keyed, { signal })
  return new Map([...statuses].map(([id, { state }]) => [id, state]))
}
