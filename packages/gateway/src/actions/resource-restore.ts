import { NotAllowedError, NotFoundError, type Resource, type StoredObject } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import { amountOf, parseKey, type ResourceKey, type UploadRecord, versionOf } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { withdrawnError } from '../files/linked-objects.ts'
import { type KnownCaller, requireResource, requireUpdate } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import { endedUpload } from '../uploads/answers.ts'
import { type Replaced, replaced } from '../uploads/replaced.ts'
import { isRecordId } from '../uploads/show-record.ts'
import { nameOf, noSuchVersion, shownRecordId } from '../uploads/versions.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleRecord, RESOURCE, UPLOAD } from './examples.ts'
import { id, optional } from './fields.ts'

const request = v.object({
  id: v.pipe(id, v.description('The resource.')),
  upload: v.pipe(id, v.description('The upload whose file CKAN shows again.')),
  replaces: optional(replaced),
})

/** An earlier version with its object as it is now. */
interface Source {
  readonly record: UploadRecord
  readonly key: ResourceKey
  readonly object: StoredObject
}

const RESTORED = '019ab2f0-1c22-7a11-9b3c-4d5e6f708192'

/** The copy has an id and a record of its own. So the linker treats it like any other upload, and people come first. */
export const resourceRestore = defineAction({
  name: 'resource_restore',
  summary: 'Copies an earlier file of a resource to a new upload, which the linker then links',
  description:
    'CKAN is asked whether the caller may update the resource. A change in CKAN after the request wins, as over every upload. The answer is 410 for a withdrawn file.',
  request,
  answer: endedUpload,
  answerDescription: 'The record of the new upload. `upload_show` says when it is linked.',
  example: {
    request: { id: RESOURCE, upload: UPLOAD },
    result: {
      upload: {
        ...exampleRecord,
        id: RESTORED,
        key: exampleRecord.key.replace(UPLOAD, RESTORED),
        restored_from: UPLOAD,
      },
    },
  },
  errors: [404],
  grants: ['restore'],
  async run(context, caller, { id: resourceId, upload: uploadId, replaces }) {
    const { settings, authorizer, records, uploads, copier, logger } = context
    requireStated(caller, uploadId)
    const resource = await requireResource(authorizer, resourceId, caller.token)
    // Not the remembered answer: a restored file is public at once.
    await requireUpdate(authorizer, caller, resource)
    const source = await findSource(context, resource, uploadId)
    await uploads.room.require(caller, 'files')
    const record = await draftCopy(context, caller, resource, { ...source, replaces })
    await uploads.quotas.require(record.entity.owner_org, () => amountOf(settings, resource, source.object.size))
    await records.announce(record)
    if (!(await copier.copy(source.object, record.key))) {
      await records.discard(record)
      throw await goneOrReplaced(context, uploadId)
    }
    logger.log('info', 'upload_restored', { upload: record.id, from: uploadId, resource: resource.id, by: caller.name })
    return { upload: await withdrawWithSource(context, record, uploadId) }
  },
})

/** A statement of CKAN's plugin is about one version. */
function requireStated({ versions }: KnownCaller, uploadId: string): void {
  if (versions === undefined || (versions.scope === 'restore' && versions.upload === uploadId)) return
  throw new NotAllowedError('This statement of CKAN is about another version.')
}

async function findSource(
  { settings, store, records, copier }: ActionContext,
  resource: Resource,
  uploadId: string,
): Promise<Source> {
  const record = isRecordId(uploadId) ? await records.find(uploadId) : undefined
  const key = record && parseKey(settings.keyPrefix, record.key)
  if (key?.kind !== 'resource' || key.resourceId !== resource.id) throw noSuchVersion()
  if (record?.state === 'withdrawn') throw withdrawnError(record)
  if (record?.linked === undefined) throw noSuchVersion()
  if (isShown(settings, resource, record)) throw refusal({ upload: ['CKAN shows this file already'] })
  const object = await store.head(record.key)
  if (object === undefined) throw new NotFoundError('The file of this version was removed.')
  if ((await versionOf(object.etag)) !== record.linked.version) throw refusal({ upload: [REPLACED] })
  if (object.size > copier.maxBytes)
    throw refusal({ upload: [`The file has more than ${copier.maxBytes} bytes: download it, and upload it again`] })
  return { record, key, object }
}

const REPLACED = 'Another file was put under the key of this version'

function isShown(settings: Settings, resource: Resource, { id: shown }: UploadRecord): boolean {
  return shownRecordId(settings, resource) === shown
}

/** The linker checks the size, the type and the checksum of the copy, as for every upload. */
async function draftCopy(
  { authorizer, settings, uploads }: ActionContext,
  caller: KnownCaller,
  resource: Resource,
  { record: source, key, object, replaces }: Source & { readonly replaces: Replaced | undefined },
): Promise<UploadRecord> {
  const { checksum, mimetype } = source.linked ?? {}
  const ownerOrg = await authorizer.findOwner(caller.token, { id: resource.datasetId })
  const declared = {
    ...source.declared,
    name: nameOf(key, source),
    size: object.size,
    ...(mimetype !== undefined && { mimetype }),
    ...(checksum !== undefined && { hash: checksum }),
  }
  const expiresInSeconds = settings.urlExpiresInSeconds
  const draft = uploads.draft({
    resource: { ...resource, ownerOrg },
    requestedBy: caller,
    declared,
    expiresInSeconds,
    // A person has decided by what the plugin's page showed, and the statement says it.
    replaces: caller.versions ? { url: resource.url, last_modified: resource.lastModified } : replaces,
  })
  return { ...draft, restored_from: source.id }
}

async function goneOrReplaced({ records }: ActionContext, uploadId: string): Promise<Error> {
  const now = await records.find(uploadId)
  return now?.state === 'withdrawn' ? withdrawnError(now) : noSuchVersion()
}

/** If a user withdraws the source during the copy, the copy is withdrawn as well. */
async function withdrawWithSource(
  { records }: ActionContext,
  record: UploadRecord,
  sourceId: string,
): Promise<UploadRecord> {
  const { withdrawn } = (await records.find(sourceId)) ?? {}
  const stored = withdrawn && (await records.read(record.id))
  if (!withdrawn || !stored) return record
  const copy = { ...stored.record, state: 'withdrawn', withdrawn } as const
  if (await records.replace(stored, copy)) return copy
  // The linker was faster: the user who withdraws the source sees the copy in the list of versions.
  return record
}
