import type { RefusedError } from '@ckan-uplink/core'
import type { MultipartUpload, UploadedPart } from '@ckan-uplink/core/uploads'
import { atStore } from './at-store.ts'
import type { KnownCaller } from './caller.ts'
import type { GatewayDeps } from './deps.ts'
import type { Fields } from './fields.ts'
import type { ArrivedParts, SignedParts } from './multipart-answer-schemas.ts'
import { uploadSignParts } from './multipart-request-schemas.ts'
import { type PartPlan, rangesOf, sizeOfPart } from './part-plan.ts'
import type { Records } from './records.ts'
import { uploadShow } from './request-schemas.ts'
import type { createUploadShow } from './upload-show.ts'
import { refusal, validate } from './validate.ts'

type ShowUpload = ReturnType<typeof createUploadShow>
type ShownRecord = Awaited<ReturnType<ShowUpload>>

/** An upload in parts as its record has it. */
interface UploadInParts {
  readonly record: ShownRecord
  readonly target: MultipartUpload
  readonly plan: PartPlan & { readonly size: number; readonly expiresInSeconds: number }
}

/**
 * The actions on an upload in parts, for whoever may update its resource. What has arrived is known to the store alone, so that
 * every one of them can be called again, by anybody, after whatever was cut short.
 */
export function createMultipartActions({ multipart, logger }: GatewayDeps, records: Records, showUpload: ShowUpload) {
  return {
    /** Signs as long as the upload is open, so that a URL that has expired is no loss. */
    async upload_sign_parts(caller: KnownCaller, fields: Fields): Promise<SignedParts> {
      const upload = await find(caller, fields)
      if (upload.record.state !== 'issued') throw over(upload.record)
      const numbers = partNumbersIn(upload.plan, fields)
      return { parts: await Promise.all(numbers.map((partNumber) => signPart(upload, partNumber))) }
    },

    async upload_list_parts(caller: KnownCaller, fields: Fields): Promise<ArrivedParts> {
      const { record, target } = await find(caller, fields)
      const parts = await atStore(() => multipart.listParts(target))
      if (parts === undefined)
        throw (await records.hasObject(record.key)) ? refusal({ id: ['This upload is complete'] }) : over(record)
      return { parts: parts.map(({ partNumber, size }) => ({ part_number: partNumber, size })) }
    },

    /** Of several calls one completes; all others find that it is done. */
    async upload_complete(caller: KnownCaller, fields: Fields): Promise<{ readonly upload: ShownRecord }> {
      const upload = await find(caller, fields)
      const { record } = upload
      if (isEnded(record)) throw over(record)
      if (await complete(upload))
        logger.log('info', 'upload_completed', { upload: record.id, resource: record.entity.id, by: caller.name })
      else if (isOpen(record) && !(await records.hasObject(record.key))) throw over(record)
      const settled = (await records.find(record.id)) ?? record
      // By another call meanwhile: the linker leaves alone what has come of it.
      if (isEnded(settled)) throw over(settled)
      return { upload: settled }
    },

    /** At the store first: whatever is asked of the upload after that, no object comes of it. One that is complete stays. */
    async upload_abort(caller: KnownCaller, fields: Fields): Promise<{ readonly upload: ShownRecord }> {
      const { record, target } = await find(caller, fields)
      if (record.linked !== undefined || record.state === 'superseded' || record.state === 'withdrawn')
        return { upload: record }
      await atStore(() => multipart.abort(target))
      if (await records.hasObject(record.key)) return { upload: record }
      logger.log('info', 'upload_aborted', { upload: record.id, resource: record.entity.id, by: caller.name })
      return { upload: (await records.abort(record.id)) ?? record }
    },
  }

  async function find(caller: KnownCaller, fields: Fields): Promise<UploadInParts> {
    const record = await showUpload(caller, validate(uploadShow, fields).id)
    const { key, multipart: parts, declared } = record
    if (parts === undefined || declared.size === undefined)
      throw refusal({ id: ['This upload is not in parts: put the whole file to its URL'] })
    const plan = {
      partSize: parts.part_size,
      partCount: parts.part_count,
      size: declared.size,
      expiresInSeconds: parts.expires_in,
    }
    return { record, target: { key, id: parts.id }, plan }
  }

  async function signPart({ target, plan }: UploadInParts, partNumber: number): Promise<SignedParts['parts'][number]> {
    const { expiresInSeconds } = plan
    const { url, headers } = await atStore(() =>
      multipart.signPart({ ...target, partNumber, size: sizeOfPart(plan, plan.size, partNumber), expiresInSeconds }),
    )
    return { part_number: partNumber, url, headers: { ...headers } }
  }

  /** `false`: the store knows of no such upload, be it complete or dropped. Throws `RefusedError` when parts are wanting. */
  async function complete({ record, target, plan }: UploadInParts): Promise<boolean> {
    const arrived = await atStore(() => multipart.listParts(target))
    if (arrived === undefined) return false
    checkArrived(plan, arrived)
    const contentType = record.declared.mimetype
    return (
      (await atStore(() => multipart.complete({ ...target, ...(contentType !== undefined && { contentType }) }))) !==
      undefined
    )
  }
}

function partNumbersIn({ partCount }: PartPlan, fields: Fields): readonly number[] {
  const numbers = [...new Set(validate(uploadSignParts, fields).part_numbers)]
  if (numbers.some((number) => number > partCount)) throw refusal({ part_numbers: [`Must be from 1 to ${partCount}`] })
  return numbers
}

function checkArrived(plan: UploadInParts['plan'], arrived: readonly UploadedPart[]): void {
  const sizes = new Map(arrived.map(({ partNumber, size }) => [partNumber, size]))
  const numbers = Array.from({ length: plan.partCount }, (_, index) => index + 1)
  const missing = numbers.filter((number) => !sizes.has(number))
  const wrong = numbers.filter(
    (number) => sizes.has(number) && sizes.get(number) !== sizeOfPart(plan, plan.size, number),
  )
  const faults = [
    ...(missing.length > 0 ? [`Missing: ${rangesOf(missing)}`] : []),
    ...(wrong.length > 0 ? [`Of another size than planned: ${rangesOf(wrong)}`] : []),
  ]
  if (faults.length > 0) throw refusal({ parts: faults })
}

function isOpen({ state }: ShownRecord): boolean {
  return state === 'issued' || state === 'expired'
}

/** Nothing that comes of it is linked. */
function isEnded({ state }: ShownRecord): boolean {
  return state === 'aborted' || state === 'withdrawn'
}

function over({ state }: ShownRecord): RefusedError {
  const what = state === 'issued' ? 'was aborted, or dropped after a week' : `is ${state}`
  return refusal({ id: [`This upload ${what}: ask for a new one`] })
}
