import * as v from 'valibot'
import { named } from '../http/named.ts'
import { refusal } from '../http/validate.ts'
import { endedError, findUploadInParts } from '../uploads/upload-in-parts.ts'
import { defineAction } from './define-action.ts'
import { UPLOAD } from './examples.ts'
import { uploadOnly } from './fields.ts'

export const uploadListParts = defineAction({
  name: 'upload_list_parts',
  summary: 'Lists the parts that have arrived, so that a client can resume the upload',
  request: uploadOnly,
  answer: named(
    'ArrivedParts',
    v.strictObject({ parts: v.array(v.strictObject({ part_number: v.number(), size: v.number() })) }),
  ),
  answerDescription: 'The parts in the order of their numbers.',
  example: { request: { id: UPLOAD }, result: { parts: [{ part_number: 1, size: 16_777_216 }] } },
  errors: [404],
  grants: ['upload'],
  links: true,
  async run(context, caller, { id }) {
    const { record, target } = await findUploadInParts(context, caller, id)
    const parts = await context.multipart.listParts(target)
    if (parts !== undefined) return { parts: parts.map(({ partNumber, size }) => ({ part_number: partNumber, size })) }
    throw (await context.records.hasObject(record.key))
      ? refusal({ id: ['This upload is complete'] })
      : endedError(record)
  },
})
