import { NotFoundError, type RefusedError } from '@ckan-uplink/core'
import {
  mentionOf,
  mentionsIn,
  parseUploadKey,
  type StoredRecord,
  type UploadKey,
  type UploadRecord,
} from '@ckan-uplink/core/uploads'
import type { UploadRemoved } from './answer-schemas.ts'
import { atStore } from './at-store.ts'
import { type KnownCaller, requireEntity, requireResource } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import type { Fields } from './fields.ts'
import type { Records } from './records.ts'
import { uploadRemove } from './request-schemas.ts'
import { isRecordId } from './upload-show.ts'
import { refusal, validate } from './validate.ts'

type Entity = UploadRecord['entity']

/**
 * `upload_remove`: takes a file back, for callers who may update what it is for, and for sysadmins. The record says so first, so that
 * no linker links it from then on; then CKAN is read again, and if it points to the file by now, the record is put back as it was.
 * The bytes are left to the reconciliation, which knows all of CKAN. Harmless twice. Throws `RefusedError` while CKAN points to the file.
 */
export function createUploadRemove(deps: GatewayDeps, records: Records) {
  const { settings, authorizer, multipart, clock, logger } = deps

  return async (caller: KnownCaller, fields: Fields): Promise<UploadRemoved> => {
    const { id, reason } = validate(uploadRemove, fields)
    const stored = isRecordId(id) ? await records.read(id) : undefined
    if (stored === undefined) throw new NotFoundError('Upload was not found.')
    const { record } = stored
    const upload = removableUpload(record)
    if (!caller.sysadmin) await requireEntity(authorizer, caller, record.entity)
    await requireUnused(caller, record.entity, upload)
    await requireNoCopy(caller, record.entity, upload)
    const withdrawn = record.state === 'withdrawn' ? record : await withdraw(stored, caller, reason, upload)
    await endParts(withdrawn)
    return { upload: withdrawn, bytes: await wordsOnBytes(withdrawn) }
  }

  /** Without its parts an upload is open no more. One with a single URL goes on to count, since its URL still puts a file. */
  async function endParts(record: UploadRecord): Promise<void> {
    const { key, multipart: parts } = record
    if (parts === undefined) return
    await atStore(() => multipart.abort({ key, id: parts.id }))
    await records.close(record)
  }

  function removableUpload({ key }: UploadRecord): UploadKey {
    const upload = parseUploadKey(settings.keyPrefix, key)
    if (typeof upload !== 'object' || upload.uploadId === undefined)
      throw refusal({ id: ['A file at a plain key belongs to no single upload: put another file there instead'] })
    return upload
  }

  async function withdraw(
    stored: StoredRecord,
    caller: KnownCaller,
    reason: string,
    upload: UploadKey,
  ): Promise<UploadRecord> {
    const { record } = stored
    const withdrawal = { at: clock.now().toISOString(), by: caller.name, reason }
    const withdrawn = { ...record, state: 'withdrawn', withdrawn: withdrawal } as const
    if (!(await records.replace(stored, withdrawn)))
      throw refusal({ id: ['The linker is at work on this upload: try again in a moment'] })
    try {
      await requireUnused(caller, record.entity, upload)
    } catch (thrown) {
      await putBack(record)
      throw thrown
    }
    logger.log('info', 'upload_withdrawn', { upload: record.id, [record.entity.type]: record.entity.id, ...withdrawal })
    return withdrawn
  }

  /** No linker changes a withdrawn record, and the reconciliation does so only after it has removed the bytes. */
  async function putBack(record: UploadRecord): Promise<void> {
    const present = await records.read(record.id)
    if (present !== undefined) await records.replace(present, record)
  }

  async function requireUnused(caller: KnownCaller, entity: Entity, upload: UploadKey): Promise<void> {
    if (isPointing(await showUrl(caller, entity), upload)) throw stillShown(`The ${entity.type} ${entity.id} shows`)
  }

  async function requireNoCopy({ token }: KnownCaller, entity: Entity, upload: UploadKey): Promise<void> {
    const found = await authorizer.findResources(token, mentionOf(upload))
    const copy = found.find(({ id, url }) => id !== entity.id && isPointing(url, upload))
    if (copy) throw stillShown(`The resource ${copy.id} of the dataset ${copy.datasetId} points to`)
  }

  function isPointing(url: string, upload: UploadKey): boolean {
    return mentionsIn(settings, url).includes(mentionOf(upload))
  }

  /** Of what is not in CKAN any more nothing is shown; a sysadmin may remove its files. */
  async function showUrl({ token, sysadmin }: KnownCaller, { type, id }: Entity): Promise<string> {
    try {
      if (type === 'resource') return (await requireResource(authorizer, id, token)).url
      return (await authorizer.showImageOwner(type, id, token)).imageUrl
    } catch (thrown) {
      if (sysadmin && thrown instanceof NotFoundError) return ''
      throw thrown
    }
  }

  async function wordsOnBytes({ key, withdrawn }: UploadRecord): Promise<string> {
    if (withdrawn?.kept_until !== undefined)
      return `They were removed at ${withdrawn.removed_at}; the store keeps a copy until ${withdrawn.kept_until}.`
    if (withdrawn?.removed_at !== undefined) return `They were removed at ${withdrawn.removed_at}.`
    return (await records.hasObject(key))
      ? 'The next reconciliation removes them: each night, or when an operator starts one.'
      : 'There is no file now. The linker removes what the upload URL still puts there, the next reconciliation earlier versions.'
  }
}

function stillShown(subject: string): RefusedError {
  return refusal({ id: [`${subject} this file: give it another file or URL in CKAN, then remove this one`] })
}
