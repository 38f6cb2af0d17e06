import type { ActionContext } from '../actions/define-action.ts'
import type { ShownRecord } from '../uploads/answers.ts'
import { noteShown } from '../uploads/note-shown.ts'
import { requirePlaceOf } from './place-of-link.ts'
import type { UploadLink } from './upload-link.ts'

/**
 * Before the file of a link with `publish` is complete: CKAN is asked once more whether the user who made the link may
 * change the place, and makes the resource of a new file as this user. Other files wait for a person, who will be
 * asked. Throws unless the file may be linked.
 */
export async function placeDelivered(
  { askPlugin, records }: Pick<ActionContext, 'askPlugin' | 'records'>,
  link: UploadLink,
  record: ShownRecord,
): Promise<void> {
  const { id, key, entity, declared } = record
  if (!link.publish || (await records.hasObject(key))) return
  const create = link.resource === undefined ? { id: entity.id, name: declared.name ?? id } : undefined
  await noteShown(records, record, await requirePlaceOf(askPlugin, link, create))
}
