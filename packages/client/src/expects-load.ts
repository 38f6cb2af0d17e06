import { isTabular } from '@ckan-uplink/core/uploads'
import type { Act } from './actions.ts'
import { hasLoader } from './loads.ts'
import type { ShownUpload } from './upload-answers.ts'

/**
 * Whether a loader will copy a linked file into the DataStore: the file is a table, and this CKAN has a loader. Each
 * format that a loader reads has one extension, which is its name. `identify` would say the same, and its table of
 * formats would add 13 kB to a client of 17 kB.
 */
export async function expectsLoad(act: Act, { key, entity }: ShownUpload): Promise<boolean> {
  return (
    entity.type === 'resource' &&
    isTabular(key.slice(key.lastIndexOf('.') + 1).toUpperCase()) &&
    (await hasLoader(act, entity.id))
  )
}
