import { NotAllowedError, NotFoundError, type RefusedError } from '@ckan-uplink/core'
import type { JsonObject } from '@ckan-uplink/core/support'
import { IMAGE_PREFIX, mentionOf, type UploadKey, uploadKeyOf } from '@ckan-uplink/core/uploads'
import type { ActionContext } from '../actions/define-action.ts'
import { refusal } from '../http/validate.ts'
import { pointsTo } from '../uploads/points-to.ts'

/** A place that may show a file. */
interface Place {
  readonly name: string
  readonly url: string
}

/**
 * Throws `RefusedError` while CKAN shows the file. It reads the entity in the key, the owner, and what CKAN's search
 * finds with this token.
 */
export async function requireNotShown(context: ActionContext, token: string, file: JsonObject): Promise<void> {
  const { settings } = context
  const id = String(file['id'])
  const upload = uploadIn(settings.keyPrefix, String(file['location']))
  const shows = ({ url }: Place) => url.includes(id) || (upload !== undefined && pointsTo(settings, url, upload))
  for await (const place of placesOf(context, token, file, upload)) if (shows(place)) throw stillShown(place)
}

async function* placesOf(
  context: ActionContext,
  token: string,
  { id, owner_type: ownerType, owner_id: ownerId }: JsonObject,
  upload: UploadKey | undefined,
): AsyncGenerator<Place> {
  if (upload !== undefined) yield* await entityOf(context, token, upload)
  const isOther = upload?.kind !== 'resource' || upload.resourceId !== ownerId
  if (ownerType === 'resource' && isOther) yield* await showResource(context, token, String(ownerId))
  for (const mention of [String(id), ...(upload ? [mentionOf(upload)] : [])]) {
    for (const { id: resource, url } of await context.authorizer.findResources(token, mention))
      yield { name: `resource ${resource}`, url }
  }
}

/** The upload of a location in a storage whose path is empty, or is one of the prefixes of uploads. */
function uploadIn(keyPrefix: string, location: string): UploadKey | undefined {
  const keys = [location, `${keyPrefix}${location}`, `${IMAGE_PREFIX}${location}`]
  return keys.map((key) => uploadKeyOf(keyPrefix, key)).find((upload) => upload !== undefined)
}

async function entityOf(context: ActionContext, token: string, upload: UploadKey): Promise<readonly Place[]> {
  if (upload.kind === 'resource') return showResource(context, token, upload.resourceId)
  if (upload.kind === 'file') return []
  const { ownerType, ownerId } = upload
  return readPlace(`${ownerType} ${ownerId}`, async () => {
    const { imageUrl } = await context.authorizer.showImageOwner(ownerType, ownerId, token)
    return imageUrl
  })
}

function showResource({ authorizer }: ActionContext, token: string, id: string): Promise<readonly Place[]> {
  return readPlace(`resource ${id}`, async () => (await authorizer.showResource(id, token)).url)
}

/** No place for an entity that does not exist. Throws `RefusedError` for an entity that the caller may not read. */
async function readPlace(name: string, readUrl: () => Promise<string>): Promise<readonly Place[]> {
  try {
    return [{ name, url: await readUrl() }]
  } catch (thrown) {
    if (thrown instanceof NotFoundError) return []
    if (!(thrown instanceof NotAllowedError)) throw thrown
    throw refusal({ id: [`The ${name} may show this file, and you may not read it: ask somebody who may`] })
  }
}

function stillShown({ name }: Place): RefusedError {
  return refusal({ id: [`The ${name} shows this file: give it another file or URL in CKAN, then delete this one`] })
}
