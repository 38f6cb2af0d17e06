import { toJsonSchemaDefs } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { notGiven } from '../actions/fields.ts'
import { ACTIONS } from '../actions/index.ts'
import { actionError, problem } from '../http/error-answers.ts'
import { nameOf } from '../http/named.ts'
import { readiness } from '../service/readiness.ts'
import { upload, uploadRecord } from '../uploads/answers.ts'
import { batchFile } from '../uploads/batch-file.ts'
import { statusAnswer, statusRequest, uploadStatus } from '../uploads/show-status.ts'
import { DESCRIBED_DIRECT_ACTIONS } from './direct-actions.ts'
import { DESCRIBED_FILE_ACTIONS } from './file-actions.ts'
import { type Json, ref } from './words.ts'

/** Named schemas that are not the request or answer of an action. */
const OTHERS = [
  batchFile,
  notGiven,
  upload,
  uploadRecord,
  uploadStatus,
  statusRequest,
  statusAnswer,
  readiness,
  actionError,
  problem,
]

/** The schemas of the API description, each under one name. */
export interface Components {
  /** A reference to the schema of an action. */
  refTo(schema: v.GenericSchema): Json
  schemas(): Json
}

/** A schema without a name of its own gets the name of the first action that uses it. */
export function createComponents(): Components {
  const names = new Map<v.GenericSchema, string>()
  const add = (schema: v.GenericSchema, name = '') => {
    if (!names.has(schema)) names.set(schema, nameOf(schema) ?? name)
  }
  for (const schema of OTHERS) add(schema)
  for (const { name, request, answer } of [...ACTIONS, ...DESCRIBED_FILE_ACTIONS, ...DESCRIBED_DIRECT_ACTIONS]) {
    add(request, toTypeName(name))
    add(answer, `${toTypeName(name)}Answer`)
  }
  return {
    refTo: (schema) => ref(names.get(schema) ?? ''),
    schemas: () => toSchemas(Object.fromEntries([...names].map(([schema, name]) => [name, schema]))),
  }
}

/** JSON Schema cannot express some checks. The description of the field and the answer explain them. */
function toSchemas(definitions: Record<string, v.GenericSchema>): Json {
  return toJsonSchemaDefs(definitions, {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['check', 'metadata', 'readonly', 'to_lower_case'],
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  })
}

/** `UploadSignParts` for `upload_sign_parts`. */
function toTypeName(action: string): string {
  return action.replace(/(?:^|_)([a-z])/gu, (_, letter: string) => letter.toUpperCase())
}
