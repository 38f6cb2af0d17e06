import type { Dataset } from '../ports/index.ts'
import type { Settings } from '../settings/settings.ts'

/** Whether the loader can read the files of a dataset. Loaders have no token. CKAN's plugin gives xloader a grant. */
export function isOpenToLoader(
  { publicBucketUrl, loadPrivate }: Pick<Settings, 'publicBucketUrl' | 'loadPrivate'>,
  dataset: Pick<Dataset, 'private'>,
): boolean {
  return !dataset.private || loadPrivate || publicBucketUrl !== undefined
}
