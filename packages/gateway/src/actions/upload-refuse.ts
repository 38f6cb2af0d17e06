import * as v from 'valibot'
import { refusal } from '../http/validate.ts'
import { findByLink, requireProposed } from '../links/held-upload.ts'
import { requirePlace } from '../links/place-of-link.ts'
import { unmarkWaiting } from '../links/upload-link.ts'
import { endedUpload } from '../uploads/answers.ts'
import { defineAction } from './define-action.ts'
import { exampleRecord, UPLOAD } from './examples.ts'
import { filledText, uploadId } from './fields.ts'

/** The record keeps `held`, so that nothing links or serves the file meanwhile. */
export const uploadRefuse = defineAction({
  name: 'upload_refuse',
  summary: 'Refuses a file that waits, for users who may update the dataset',
  description: 'It is final. The next reconciliation removes the stored file. A second call changes nothing.',
  request: v.object({
    id: uploadId,
    reason: v.pipe(filledText(1000), v.description('Why. The record keeps it.')),
  }),
  answer: endedUpload,
  answerDescription: 'The record.',
  example: {
    request: { id: UPLOAD, reason: 'It has the wrong year.' },
    result: {
      upload: {
        ...exampleRecord,
        state: 'withdrawn',
        withdrawn: { at: '2026-02-03T09:00:00.000Z', by: 'jane', reason: 'It has the wrong year.' },
      },
    },
  },
  errors: [404],
  grants: ['decide'],
  async run({ askPlugin, records, store, clock, logger, publishEvent }, caller, { id, reason }) {
    const { stored, dataset } = await findByLink(records, caller, id)
    await requirePlace(askPlugin, { user: caller.id, dataset })
    if (stored.record.state === 'withdrawn') {
      await publishEvent?.(stored.record)
      return { upload: stored.record }
    }
    requireProposed(stored.record)
    const withdrawn = { at: clock.now().toISOString(), by: caller.name, reason }
    const refused = { ...stored.record, state: 'withdrawn', withdrawn } as const
    if (!(await records.replace(stored, refused)))
      throw refusal({ id: ['Somebody decided about this upload at the same moment: look at it again'] })
    await Promise.all([unmarkWaiting(store, dataset, id), records.close(stored.record)])
    await publishEvent?.(refused)
    logger.log('info', 'upload_refused', { upload: id, resource: refused.entity.id, by: caller.name, reason })
    return { upload: refused }
  },
})
