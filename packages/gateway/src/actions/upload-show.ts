import { uploadRecord } from '../uploads/answers.ts'
import { showRecord } from '../uploads/show-record.ts'
import { defineAction } from './define-action.ts'
import { exampleRecord, UPLOAD } from './examples.ts'
import { uploadOnly } from './fields.ts'

export const uploadShow = defineAction({
  name: 'upload_show',
  summary: 'Shows the record of an upload, with its state, to callers who may update its entity',
  description:
    'If CKAN no longer has the entity, the record is shown to the person who requested the upload and to sysadmins.',
  request: uploadOnly,
  answer: uploadRecord,
  answerDescription: 'The record.',
  example: { request: { id: UPLOAD }, result: exampleRecord },
  errors: [404],
  grants: ['upload'],
  links: true,
  run: (context, caller, { id }) => showRecord(context, caller, id),
})
