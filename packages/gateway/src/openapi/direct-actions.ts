import * as v from 'valibot'
import type { Described } from '../actions/define-action.ts'
import { DATASET, exampleUrl, RESOURCE, UPLOAD } from '../actions/examples.ts'
import { fileName, fileSize, flag, hash, id, mimetype, optional, wholeNumber } from '../actions/fields.ts'
import { newFile } from '../ckan-files/new-file.ts'
import { describeFileAction, exampleFile, FILE, type File, ofFile } from './described-file.ts'

const storage = v.strictObject({
  name: v.pipe(v.string(), v.description("CKAN's name of the storage.")),
  capabilities: v.array(v.string()),
  max_bytes: v.pipe(v.number(), v.description('The largest file.')),
  max_request_bytes: v.pipe(v.number(), v.description('The largest file in one request.')),
  min_part_bytes: v.number(),
  max_part_bytes: v.number(),
  max_parts: v.number(),
})
const exampleStorage = {
  name: 'uplink',
  capabilities: ['CREATE', 'MULTIPART', 'SIGNED', 'STREAM', 'RANGE', 'COPY', 'REMOVE'],
  max_bytes: 5_368_709_120,
  max_request_bytes: 5_368_709_120,
  min_part_bytes: 5_242_880,
  max_part_bytes: 5_368_709_120,
  max_parts: 10_000,
}
const uploadedFile: File = { ...exampleFile, id: UPLOAD, pinned: false }
const ofDataset: File = {
  ...uploadedFile,
  location: `uplink-files/none/${UPLOAD}/budget.csv`,
  owner_type: 'package',
  owner_id: DATASET,
}
const inParts = { uploaded: 0, parts: {}, part_size: 16_777_216, part_count: 3 }
const withoutEffect = v.pipe(flag, v.description('Without effect, as in ckanext-files 1.3.'))
const ofUpload = v.object({ id: v.pipe(id, v.description('The upload.')) })

/** Direct uploads to the storage `FILES_STORAGE`. Without the setting, CKAN answers all but the first. */
export const DESCRIBED_DIRECT_ACTIONS: readonly Described[] = [
  {
    name: 'files_storage_list',
    summary: 'Lists the storage of direct uploads, with its capabilities and limits',
    request: v.object({}),
    answer: v.strictObject({ storages: v.array(storage) }),
    answerDescription: 'No storage without the setting `FILES_STORAGE`.',
    example: { request: {}, result: { storages: [exampleStorage] } },
  },
  {
    ...describeFileAction('files_resource_upload', 'Returns a pre-signed URL for the file of a resource'),
    description:
      'Put the file to `storage_data.upload`. After the linker has linked it, the file is registered in CKAN, owned by the resource, and pinned. The id of the answer is the id of the upload. It then also names the file in the other file actions. A request with bytes goes to CKAN.',
    request: v.object({
      resource_id: v.pipe(id, v.description('The resource.')),
      name: optional(fileName('The name of the file.')),
      size: optional(fileSize),
      content_type: optional(mimetype),
      hash: optional(hash),
      multipart: optional(v.pipe(flag, v.description('Whether to upload in parts, which requires `size`.'))),
    }),
    example: {
      request: { resource_id: RESOURCE, name: 'budget.csv' },
      result: {
        ...uploadedFile,
        storage_data: {
          upload: { method: 'PUT', url: exampleUrl, headers: {}, expires_at: '2026-01-31T12:00:00.000Z' },
        },
      },
    },
  },
  {
    ...describeFileAction('files_file_create', 'Returns a pre-signed URL for a file that no resource links to'),
    description:
      'CKAN itself decides by its rule for `file_create`, which the plugin for CKAN asks. The linker registers the file once its bytes have arrived and were verified, and gives it to the owner. The id of the answer is the id of the upload. The URL takes one file. `file_create` does the same. A request with bytes goes to CKAN.',
    request: newFile,
    example: {
      request: { name: 'budget.csv', owner_type: 'package', owner_id: DATASET },
      result: {
        ...ofDataset,
        storage_data: {
          upload: { method: 'PUT', url: exampleUrl, headers: {}, expires_at: '2026-01-31T12:00:00.000Z' },
        },
      },
    },
  },
  {
    ...describeFileAction(
      'files_file_replace',
      'Returns a pre-signed URL for a new file with the owner, pin and name of another one',
    ),
    description:
      'The linker registers the new file once its bytes have arrived and were verified, and only if the other file is still as it was at the request. The new file has a new id. The other file stays: delete it by `files_file_delete`. For the file of a resource, use `files_resource_upload`. A request with bytes goes to CKAN.',
    request: v.object({
      ...ofFile.entries,
      name: optional(fileName('The name of the new file. Default: that of the other one.')),
      size: optional(fileSize),
      content_type: optional(v.pipe(mimetype, v.description('As of the other file, or absent.'))),
      hash: optional(hash),
      multipart: newFile.entries.multipart,
    }),
    example: {
      request: { id: FILE },
      result: {
        ...ofDataset,
        storage_data: {
          upload: { method: 'PUT', url: exampleUrl, headers: {}, expires_at: '2026-01-31T12:00:00.000Z' },
        },
        replaces: FILE,
        note: `The file gets a new id. File ${FILE} stays: delete it by files_file_delete when you need it no more.`,
      },
    },
  },
  {
    ...describeFileAction('files_multipart_start', 'Begins an upload in parts of a file that no resource links to'),
    description: 'As `files_file_create`. For the parts, see `files_multipart_update`.',
    request: v.object({ ...newFile.entries, size: fileSize }),
    example: {
      request: { name: 'budget.csv', size: 50_331_648 },
      result: { ...ofDataset, size: 50_331_648, storage_data: inParts },
    },
  },
  {
    ...describeFileAction('files_multipart_update', 'Signs the URL of a part of an upload'),
    description:
      'Put the bytes of the part to `storage_data.upload`, not to this action. For a list, `storage_data.uploads` has the URLs by number, for one question to CKAN.',
    request: v.object({
      ...ofUpload.entries,
      part: v.pipe(
        v.union([wholeNumber(0, 999_999), v.array(wholeNumber(0, 999_999))]),
        v.description('The number of the part, from 0, or a list of up to 100 numbers.'),
      ),
    }),
    example: {
      request: { id: UPLOAD, part: 0 },
      result: { ...uploadedFile, storage_data: { upload: { method: 'PUT', url: exampleUrl, headers: {} } } },
    },
  },
  {
    ...describeFileAction('files_multipart_refresh', 'Shows the parts of an upload that have arrived'),
    request: ofUpload,
    example: { request: { id: UPLOAD }, result: { ...uploadedFile, storage_data: inParts } },
  },
  {
    ...describeFileAction('files_multipart_complete', 'Joins the parts of an upload to the file'),
    description:
      'Waits for up to 15 s until the linker has verified the file and registered it in CKAN, and then returns the file as CKAN shows it. If that takes longer, the answer has the id of the upload, and `note` says why. The answer is 409 with the reason if the linker refused the file. A repeated call waits again.',
    request: v.object({
      ...ofUpload.entries,
      keep_storage_data: optional(withoutEffect),
      keep_plugin_data: optional(withoutEffect),
    }),
    example: { request: { id: UPLOAD }, result: exampleFile },
  },
]
