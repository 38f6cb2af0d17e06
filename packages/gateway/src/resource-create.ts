import { messageOf, NotAllowedError, NotFoundError, UnavailableError } from '@ckan-uplink/core'
import { type Declared, extensionOf, hasForbiddenCharacters, type UploadRecord } from '@ckan-uplink/core/uploads'
import { HTTPException } from 'hono/http-exception'
import type { KnownCaller } from './caller.ts'
import { withoutOurs } from './clean/rules.ts'
import type { GatewayDeps } from './deps.ts'
import type { Fields } from './fields.ts'
import type { PassThrough } from './pass-through.ts'
import type { Records } from './records.ts'
import { type ResourceCreate, resourceCreate } from './request-schemas.ts'
import type { Intent, Uploads } from './uploads.ts'
import { refusal, validate } from './validate.ts'

/** What CKAN shows of a resource it has made. */
interface CreatedResource {
  readonly package_id: string
  readonly url?: string | null
  readonly last_modified?: string | null
}

interface Parts {
  readonly records: Records
  readonly uploads: Uploads
  readonly passThrough: PassThrough
}

/** A dataset may be named, too; a record holds its id or nothing. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u

/**
 * CKAN's `resource_create` with the caller's token, and a URL for the new resource's file besides. The record is stored before CKAN is
 * called, under an id that is known before: asking again with that id makes no second resource, and overwrites none. What CKAN refuses is
 * answered as CKAN did.
 */
export function createResourceCreate(deps: GatewayDeps, { records, uploads, passThrough }: Parts) {
  const { settings, authorizer, logger } = deps
  return async (caller: KnownCaller, given: Fields, request: Request): Promise<Response> => {
    const body = validate(resourceCreate, given)
    const { id, package_id } = body
    const [ownerOrg] = await Promise.all([
      authorizer.findOwner(caller.token, UUID.test(package_id) ? { id: package_id } : { name: package_id }),
      id === undefined ? undefined : requireUnused(id, caller.token),
    ])
    await uploads.room.require(caller, 'files')
    const intent = intentOf(body, caller, ownerOrg)
    const draft = uploads.draft(intent)
    await records.announce(draft)
    const answer = await create(request, intent.resource.id, withoutEarlyFormat(body))
    if (!answer.ok) {
      await discard(draft)
      return answer
    }
    const { envelope, result } = await readResult(answer, intent.resource.id)
    const record = await settle(draft, intent, result)
    logger.log('info', 'upload_issued', {
      upload: record.id,
      resource: record.entity.id,
      by: caller.name,
      name: intent.declared.name,
    })
    const added = await uploads.sign(record, { createOnly: 'by-url' })
    return Response.json({ ...envelope, result: { ...result, ...added } }, { headers: { 'Cache-Control': 'no-store' } })
  }

  /** CKAN overwrites a resource that is created again, and 2.12 then loses others of its dataset. */
  async function requireUnused(id: string, token: string): Promise<void> {
    try {
      await authorizer.showResource(id, token)
    } catch (thrown) {
      if (thrown instanceof NotFoundError) return
      if (!(thrown instanceof NotAllowedError)) throw thrown
    }
    throw refusal({ id: ['There is a resource with this id already: ask for its upload URL with resource_upload'] })
  }

  function intentOf(body: ResourceCreate, requestedBy: KnownCaller, ownerOrg: string | undefined): Intent {
    const { id = crypto.randomUUID(), package_id, url, format } = body
    const datasetId = UUID.test(package_id) ? { datasetId: package_id } : {}
    const resource = { id, url: url ?? '', lastModified: null, format: format ?? '', ownerOrg, ...datasetId }
    return { resource, requestedBy, declared: declaredIn(body), expiresInSeconds: settings.urlExpiresInSeconds }
  }

  async function create(caller: Request, id: string, fields: Fields): Promise<Response> {
    try {
      return await passThrough.post('resource_create', caller, { ...withoutOurs(fields), id })
    } catch (thrown) {
      throw thrown instanceof UnavailableError ? unclear(id) : thrown
    }
  }

  /** What CKAN made of the new resource is what the upload may replace; where that isn't as drafted, another record takes over. */
  async function settle(draft: UploadRecord, intent: Intent, result: CreatedResource): Promise<UploadRecord> {
    const url = result.url ?? ''
    const lastModified = result.last_modified ?? null
    if (url === draft.previous_url && lastModified === draft.previous_last_modified) return draft
    const record = uploads.draft({
      ...intent,
      resource: { ...intent.resource, datasetId: result.package_id, url, lastModified },
    })
    await records.announce(record)
    await discard(draft)
    return record
  }

  /** A record that stays behind is harmless: nobody has a URL for its key. */
  async function discard(record: UploadRecord): Promise<void> {
    try {
      await records.discard(record)
    } catch (thrown) {
      logger.log('warn', 'record_left', { upload: record.id, reason: messageOf(thrown) })
    }
  }
}

/** The format is what makes loaders fetch a resource: it waits until there is something to fetch. */
function withoutEarlyFormat(body: ResourceCreate): Fields {
  const { format: _, ...rest } = body
  return body.url ? body : rest
}

/** `size`, `mimetype` and `hash` are CKAN's own fields here, and `name` is a title unless it looks like a file's. */
function declaredIn({ name, format }: ResourceCreate): Declared {
  const isFileName = name && name.length <= 255 && extensionOf(name) !== '' && !hasForbiddenCharacters(name)
  return { ...(isFileName && { name }), ...(format && { format }) }
}

async function readResult(
  answer: Response,
  id: string,
): Promise<{ readonly envelope: Fields; readonly result: CreatedResource }> {
  try {
    const envelope = JSON.parse(await answer.text())
    if (envelope.success === true && envelope.result.id === id) return { envelope, result: envelope.result }
  } catch {
    // Not CKAN's answer: whether the resource is there is as unknown as when there is none.
  }
  throw unclear(id)
}

function unclear(id: string): HTTPException {
  return new HTTPException(502, {
    message: `CKAN gave no proper answer, so the resource may be there or not. Ask again with "id": "${id}": no second one is made, and if it is there the answer says so.`,
  })
}
