import { unmarkWaiting } from '../links/upload-link.ts'
import { endedUpload } from '../uploads/answers.ts'
import { shownTo } from '../uploads/shown-to.ts'
import { findUploadInParts } from '../uploads/upload-in-parts.ts'
import { defineAction } from './define-action.ts'
import { exampleRecord, UPLOAD } from './examples.ts'
import { uploadOnly } from './fields.ts'

/**
 * Aborts at the store first, so that no later call can make an object of the parts. A complete upload stays complete.
 */
export const uploadAbort = defineAction({
  name: 'upload_abort',
  summary: 'Drops the parts that have arrived; has no effect on an aborted or complete upload',
  request: uploadOnly,
  answer: endedUpload,
  answerDescription: 'The record.',
  example: { request: { id: UPLOAD }, result: { upload: { ...exampleRecord, state: 'aborted' } } },
  errors: [404],
  grants: ['upload'],
  links: true,
  async run(context, caller, { id }) {
    const { records, multipart, store, logger } = context
    const { record, target } = await findUploadInParts(context, caller, id)
    if (record.linked !== undefined || record.state === 'superseded' || record.state === 'withdrawn')
      return { upload: record }
    await multipart.abort(target)
    if (await records.hasObject(record.key)) return { upload: record }
    const { dataset_id: dataset } = record.entity
    if (record.link !== undefined && dataset !== undefined) await unmarkWaiting(store, dataset, record.id)
    logger.log('info', 'upload_aborted', { upload: record.id, resource: record.entity.id, by: caller.name })
    return { upload: shownTo(caller, (await records.abort(record.id)) ?? record) }
  },
})
