import * as v from 'valibot'
import type { Described } from '../actions/define-action.ts'
import { DATASET, exampleUrl, RESOURCE, UPLOAD } from '../actions/examples.ts'
import {
  fileName,
  fileSize,
  filledText,
  flag,
  hash,
  id,
  mimetype,
  optional,
  text,
  wholeNumber,
} from '../actions/fields.ts'
import { newFile } from '../ckan-files/new-file.ts'
import { named } from '../http/named.ts'

/** A row of CKAN's table of files, as both APIs show it. */
const file = named(
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
type File = v.InferOutput<typeof file>

const FILE = '3f0d7a55-8f0e-4a4e-9a3e-1f4b5f0c7d10'
const exampleFile: File = {
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

const filePage = named('FilePage', v.strictObject({ count: v.number(), results: v.array(file) }))
const examplePage = { count: 1, results: [exampleFile] }

const ofFile = v.object({ id: v.pipe(id, v.description('The file.')) })
const ownerType = v.pipe(text(100), v.description('The type of the owner: user, resource, package, organization, …'))
const ownerId = v.pipe(text(100), v.description('The id of the owner.'))
const paging = {
  start: optional(v.pipe(wholeNumber(0, Number.MAX_SAFE_INTEGER), v.description('Skip this many files.'))),
  rows: optional(v.pipe(wholeNumber(0, Number.MAX_SAFE_INTEGER), v.description('Show this many files. Default 10.'))),
  sort: optional(v.pipe(v.union([text(100), v.array(v.unknown())]), v.description('The columns to sort by.'))),
  reverse: optional(v.pipe(flag, v.description('Sort in descending order.'))),
  completed: optional(v.pipe(flag, v.description('Only complete files, or only incomplete ones.'))),
}

/** What callers need to know about the file actions. CKAN itself validates their fields. */
export const DESCRIBED_FILE_ACTIONS: readonly Described[] = [
  describeFileAction('files_file_show', 'Shows a file of CKAN, without its content'),
  {
    name: 'files_file_search',
    summary: 'Searches files of CKAN',
    description:
      'With ckanext-files, all columns are searched, by file managers. A field that is a column is a filter, too. CKAN 2.12 without ckanext-files searches the files of one owner, for callers who may list them. The filters are then owner_type, owner_id and equal values of other columns. For all other filters the answer is 409.',
    request: v.looseObject({
      filters: optional(
        v.pipe(v.union([v.string(), v.looseObject({})]), v.description('Conditions by column, as JSON.')),
      ),
      ...paging,
    }),
    answer: filePage,
    answerDescription: 'A page of files, and the number of all.',
    example: { request: { filters: { owner_type: 'resource', owner_id: RESOURCE } }, result: examplePage },
  },
  {
    name: 'files_file_scan',
    summary: 'Lists the files of an owner, by default of the caller',
    request: v.looseObject({ owner_type: optional(ownerType), owner_id: optional(ownerId), ...paging }),
    answer: filePage,
    answerDescription: 'A page of files, and the number of all.',
    example: { request: { owner_type: 'resource', owner_id: RESOURCE }, result: examplePage },
  },
  {
    ...describeFileAction('files_file_rename', 'Changes the name of a file, not its place in the storage'),
    request: v.object({
      ...ofFile.entries,
      name: v.pipe(filledText(1000), v.description('The new name.')),
    }),
    example: { request: { id: FILE, name: 'budget.csv' }, result: exampleFile },
  },
  describeFileAction('files_file_pin', 'Pins a file to its owner, so that it cannot be transferred'),
  describeFileAction('files_file_unpin', 'Unpins a file from its owner'),
  {
    ...describeFileAction('files_transfer_ownership', 'Gives a file another owner'),
    request: v.object({
      ...ofFile.entries,
      owner_type: ownerType,
      owner_id: ownerId,
      pin: optional(v.pipe(flag, v.description('Pin the file to the new owner.'))),
      force: optional(v.pipe(flag, v.description('Transfer a pinned file, too.'))),
    }),
    example: { request: { id: FILE, owner_type: 'resource', owner_id: RESOURCE, pin: true }, result: exampleFile },
  },
  {
    ...describeFileAction('files_file_delete', 'Removes a file from CKAN and from its storage'),
    description:
      'The answer is 409 while the URL of a resource or the image of an organization, group or user leads to the file. Search finds copies of a URL only in datasets that the caller can see.',
  },
]

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

function describeFileAction(name: string, summary: string): Described {
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
