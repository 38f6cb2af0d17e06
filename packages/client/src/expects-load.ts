import { isTabular } from '@ckan-uplink/core/uploads'
import type { Act } from './actions.ts'
import { hasLoader } from './loads.ts'
import type { ShownUpload } from './upload-answers.ts'

/** Whether a loader will copy a linked file into the DataStore: the file is a table, and this CKAN has a loader. */
export async function expectsLoad(act: Act, { key, entity }: ShownUpload): Promise<boolean> {
  return (
    entity.type === 'resource' &&
    isTabular(key.slice(key.lastIndexOf('.') + 1).toUpperCase()) &&
    (await hasLoader(act, entity.id))
  )
}
