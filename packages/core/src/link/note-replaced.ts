import type { Resource } from '../ports/index.ts'
import { updateRecord } from '../uploads/update-record.ts'
import { readRecord, recordIdOf } from '../uploads/upload-record.ts'
import type { DatasetLinker } from './dataset-run.ts'
import { shownIn } from './decide.ts'
import { moveForward } from './record-changes.ts'
import type { Upload } from './upload.ts'

/**
 * The file of a saved form may replace an upload of a later request. A linker may have stopped after it showed that
 * upload, before it noted this. Its message comes again, and must not undo the form.
 */
export async function noteReplaced(
  { settings, store, limitStore }: DatasetLinker,
  resource: Resource,
  { parsed, stored }: Upload,
): Promise<void> {
  const shown = shownIn(settings, resource)?.uploadId
  if (shown === undefined || parsed.uploadId === undefined || shown <= parsed.uploadId) return
  const by = stored.record.id
  await limitStore(async () => {
    const later = await readRecord(store, recordIdOf({ ...parsed, uploadId: shown }))
    const reason = `The file of a form that was saved later, ${by}, is linked.`
    if (later) await updateRecord(store, later, (record) => moveForward(record, { state: 'superseded', reason }))
  })
}
