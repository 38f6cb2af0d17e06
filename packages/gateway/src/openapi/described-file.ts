import * as v from 'valibot'
import type { Described } from '../actions/define-action.ts'
import { RESOURCE, UPLOAD } from '../actions/examples.ts'
import { id } from '../actions/fields.ts'
import { named } from '../http/named.ts'

/** A row of CKAN's table of files, as both APIs show it. */
export const file = named(
  'File',
  v.looseObject({
    id,
    name: v.string(),
    storage: v.pipe(v.string(), v.description("CKAN's name of the storage.")),
    location: v.pipe(v.string(), v.description('The path inside the storage.')),
    owner_type: v.nullable(v.string()),
    owner_id: v.nullable(v.string()),
    pinned: v.boolean(),
    content_type: v.optional(v.string()),
    size: v.optional(v.number()),
    hash: v.optional(v.string()),
    created: v.optional(v.string()),
  }),
)
export type File = v.InferOutput<typeof file>

export const FILE = '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10'
export const exampleFile: File = {
  id: FILE,
  name: 'budget.csv',
  storage: 'uplink',
  location: `${RESOURCE}/${UPLOAD}/budget.csv`,
  content_type: 'text/csv',
  size: 1024,
  hash: 'b1946ac92492d2347c6235b4d2611184',
  algorithm: 'md5',
  created: '2026-01-31T11:00:00.000000+00:00',
  storage_data: {},
  owner_type: 'resource',
  owner_id: RESOURCE,
  pinned: true,
}

export const ofFile = v.object({ id: v.pipe(id, v.description('The file.')) })

/** An action on one file, whose answer is the file. */
export function describeFileAction(name: string, summary: string): Described {
  return {
    name,
    summary,
    request: ofFile,
    answer: file,
    answerDescription: 'The file.',
    example: { request: { id: FILE }, result: exampleFile },
    errors: [404],
  }
}
