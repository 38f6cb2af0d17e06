import { messageOf, NotAllowedError, NotFoundError, UnavailableError } from '@ckan-uplink/core'
import { type JsonObject, parseExactly } from '@ckan-uplink/core/support'
import {
  amountOf,
  type Declared,
  extensionOf,
  hasForbiddenCharacters,
  isResourceId,
  type UploadRecord,
} from '@ckan-uplink/core/uploads'
import { HTTPException } from 'hono/http-exception'
import * as v from 'valibot'
import { MAX_OWN_BYTES } from '../http/body.ts'
import type { KnownCaller } from '../http/caller.ts'
import { withoutOurs } from '../http/clean/rules.ts'
import { refusal } from '../http/validate.ts'
import { uploadAnswer } from '../uploads/answers.ts'
import type { Intent } from '../uploads/new-uploads.ts'
import { createStatusKey } from '../uploads/status-keys.ts'
import { type ActionContext, type Asked, defineAction } from './define-action.ts'
import { exampleUpload, RESOURCE } from './examples.ts'
import { flag, format, id, optional } from './fields.ts'

/** The fields of CKAN's `resource_create` that the gateway uses. CKAN checks all other fields. */
const request = v.looseObject({
  package_id: v.pipe(v.string('Must be a string'), v.description('The dataset.')),
  id: optional(
    v.pipe(
      id,
      v.check(isResourceId, 'Must be an id of 7 to 100 letters, digits, blanks, - and _'),
      v.description('The id of the new resource. Default: a new UUID.'),
    ),
  ),
  url: optional(v.string('Must be a string')),
  name: optional(v.string('Must be a string')),
  format: optional(format),
  upload_url: optional(
    v.pipe(flag, v.description('With `false`, only creates the resource. Ask for the URL with `resource_upload`.')),
  ),
})
type Body = v.InferOutput<typeof request>

/** CKAN's answer for a resource that it has created. */
const created = v.looseObject({
  success: v.literal(true),
  result: v.looseObject({
    id: v.string(),
    package_id: v.string(),
    url: v.nullish(v.string()),
    last_modified: v.nullish(v.string()),
  }),
})
type Created = v.InferOutput<typeof created>

/** A caller may name the dataset by its name. A record holds its id, or nothing. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u

const { presigned_url, upload } = uploadAnswer.entries

/**
 * Stores the record before it calls CKAN, under a known resource id. So a second call with that id creates no second
 * resource, and overwrites none.
 */
export const resourceCreate = defineAction({
  name: 'resource_create',
  summary: 'Creates a resource in CKAN, and returns a pre-signed URL for its file',
  description:
    'The gateway passes all fields on to CKAN, except the format, which it sets when a file has arrived. CKAN takes the file of a form with a file in it, and the answer has no URL then. It returns errors of CKAN unchanged.',
  request,
  answer: v.looseObject({ presigned_url: v.optional(presigned_url), upload: v.optional(upload) }),
  answerDescription: "CKAN's answer, with `presigned_url` and `upload` in the resource unless `upload_url` is false.",
  example: {
    request: { package_id: 'city-budget', name: 'Budget', format: 'CSV' },
    result: { id: RESOURCE, name: 'Budget', url: '', format: '', ...exampleUpload },
  },
  errors: [404],
  maxBytes: MAX_OWN_BYTES,
  filesGoToCkan: true,
  async run(context, caller, body, asked) {
    const { settings, authorizer, logger, records, uploads } = context
    const { id, package_id, upload_url } = body
    const [ownerOrg] = await Promise.all([
      authorizer.findOwner(caller.token, UUID.test(package_id) ? { id: package_id } : { name: package_id }),
      id === undefined ? undefined : requireNoResource(context, id, caller.token),
    ])
    if (upload_url === false) {
      await uploads.quotas.require(ownerOrg, () => LEAST)
      return create(context, asked, id ?? crypto.randomUUID())
    }
    await uploads.room.require(caller, 'files')
    const { key: statusKey, hash: statusKeyHash } = await createStatusKey()
    const intent = { ...intentOf(context, body, caller, ownerOrg), statusKeyHash }
    await uploads.quotas.require(ownerOrg, () => amountOf(settings, intent.resource, intent.declared.size))
    const draft = uploads.draft(intent)
    await records.announce(draft)
    const answer = await create(context, asked, intent.resource.id)
    if (!answer.ok) {
      await discard(context, draft)
      return answer
    }
    const { envelope, result } = await readResult(answer, intent.resource.id)
    const record = await settle(context, draft, intent, result)
    logger.log('info', 'upload_issued', {
      upload: record.id,
      resource: record.entity.id,
      by: caller.name,
      name: intent.declared.name,
    })
    const added = await uploads.sign(record, { createOnly: 'by-url', statusKey })
    return Response.json({ ...envelope, result: { ...result, ...added } }, { headers: { 'Cache-Control': 'no-store' } })
  },
})

/** The size follows with `resource_upload`, which reserves it. */
const LEAST = { bytes: 1, files: 1 }

/** CKAN overwrites a resource that a caller creates again. CKAN 2.12 then loses other resources of the dataset. */
async function requireNoResource({ authorizer }: ActionContext, id: string, token: string): Promise<void> {
  try {
    await authorizer.showResource(id, token)
  } catch (thrown) {
    if (thrown instanceof NotFoundError) return
    if (!(thrown instanceof NotAllowedError)) throw thrown
  }
  throw refusal({ id: ['A resource with this id already exists: request its upload URL with resource_upload'] })
}

function intentOf(
  { settings }: ActionContext,
  body: Body,
  requestedBy: KnownCaller,
  ownerOrg: string | undefined,
): Intent {
  const { id = crypto.randomUUID(), package_id, url, format } = body
  const datasetId = UUID.test(package_id) ? { datasetId: package_id } : {}
  const resource = { id, url: url ?? '', lastModified: null, format: format ?? '', ownerOrg, ...datasetId }
  return { resource, requestedBy, declared: declaredIn(body), expiresInSeconds: settings.urlExpiresInSeconds }
}

async function create({ passThrough }: ActionContext, { request, exact }: Asked, id: string): Promise<Response> {
  try {
    return await passThrough.post('resource_create', request, {
      ...withoutEarlyFormat(withoutUploadUrl(withoutOurs(exact()))),
      id,
    })
  } catch (thrown) {
    throw thrown instanceof UnavailableError ? unknownResult(id) : thrown
  }
}

/**
 * The upload may replace only the URL that CKAN gave the new resource. If the draft expects another one, a new record
 * replaces it.
 */
async function settle(
  context: ActionContext,
  draft: UploadRecord,
  intent: Intent,
  result: Created['result'],
): Promise<UploadRecord> {
  const url = result.url ?? ''
  const lastModified = result.last_modified ?? null
  if (url === draft.previous_url && lastModified === draft.previous_last_modified) return draft
  const resource = { ...intent.resource, datasetId: result.package_id, url, lastModified }
  const record = context.uploads.draft({ ...intent, resource })
  await context.records.announce(record)
  await discard(context, draft)
  return record
}

/** A record that stays behind is harmless: no caller has a URL for its key. */
async function discard({ records, logger }: ActionContext, record: UploadRecord): Promise<void> {
  try {
    await records.discard(record)
  } catch (thrown) {
    logger.log('warn', 'record_left', { upload: record.id, reason: messageOf(thrown) })
  }
}

/** CKAN's plugin adds a URL of its own to the answer if this field asks for it. */
function withoutUploadUrl({ upload_url: _, ...fields }: JsonObject): JsonObject {
  return fields
}

/** Loaders fetch a resource as soon as it has a format. Without a URL there is no file yet, so the format waits. */
function withoutEarlyFormat(fields: JsonObject): JsonObject {
  const { format: _, ...rest } = fields
  return fields['url'] ? fields : rest
}

/**
 * In `resource_create`, CKAN owns `size`, `mimetype` and `hash`. `name` is a title unless it looks like a file name.
 */
function declaredIn({ name, format }: Body): Declared {
  const isFileName = name && name.length <= 255 && extensionOf(name) !== '' && !hasForbiddenCharacters(name)
  return { ...(isFileName && { name }), ...(format && { format }) }
}

async function readResult(answer: Response, id: string): Promise<{ envelope: Created; result: Created['result'] }> {
  try {
    const envelope = v.parse(created, parseExactly(await answer.text()))
    if (envelope.result.id === id) return { envelope, result: envelope.result }
  } catch {
    // Another program answered. Whether CKAN created the resource is as unknown as without any answer.
  }
  throw unknownResult(id)
}

function unknownResult(id: string): HTTPException {
  return new HTTPException(502, {
    message: `CKAN gave no proper answer, so the resource may or may not exist. Send the request again with "id": "${id}". It creates no second resource, and says whether the first exists.`,
  })
}
