import {
  actionError,
  arrivedParts,
  imageUpload,
  problem,
  readiness,
  resourceCreate,
  resourceUpload,
  signedParts,
  uploadAnswer,
  uploadList,
  uploadPage,
  uploadRecord,
  uploadRemove,
  uploadRemoved,
  uploadShow,
  uploadSignParts,
} from '@ckan-uplink/gateway/schemas'
import { toJsonSchema } from '@valibot/to-json-schema'
import type { Json } from './words.ts'

type Schema = Parameters<typeof toJsonSchema>[0]

const SCHEMAS: Readonly<Record<string, Schema>> = {
  ResourceUpload: resourceUpload,
  ResourceCreate: resourceCreate,
  ImageUpload: imageUpload,
  UploadShow: uploadShow,
  ArrivedParts: arrivedParts,
  SignedParts: signedParts,
  UploadAnswer: uploadAnswer,
  UploadList: uploadList,
  UploadPage: uploadPage,
  UploadRemove: uploadRemove,
  UploadRemoved: uploadRemoved,
  UploadSignParts: uploadSignParts,
  UploadRecord: uploadRecord,
  Readiness: readiness,
  ActionError: actionError,
  Problem: problem,
}

/** Every schema by its name, as the description has it. */
export function schemas(): Json {
  return Object.fromEntries(Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchemaOf(schema)]))
}

/** Checks that JSON Schema has no words for are left to the field's description and to the answer. */
function jsonSchemaOf(schema: Schema): Json {
  const { $schema: _, ...rest } = toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['check', 'to_lower_case'],
  })
  return rest
}
