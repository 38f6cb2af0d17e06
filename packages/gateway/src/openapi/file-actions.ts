import * as v from 'valibot'
import type { Described } from '../actions/define-action.ts'
import { RESOURCE } from '../actions/examples.ts'
import { filledText, flag, optional, text, wholeNumber } from '../actions/fields.ts'
import { named } from '../http/named.ts'
import { describeFileAction, exampleFile, FILE, file, ofFile } from './described-file.ts'

const filePage = named('FilePage', v.strictObject({ count: v.number(), results: v.array(file) }))
const examplePage = { count: 1, results: [exampleFile] }

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
