import type { UploadRecord } from '@ckan-uplink/core/uploads'
import type { UploadAnswer } from './answer-schemas.ts'
import { atStore } from './at-store.ts'
import type { GatewayDeps } from './deps.ts'
import { type PartPlan, planParts } from './part-plan.ts'
import type { ResourceUpload } from './request-schemas.ts'
import type { Intent, Uploads } from './uploads.ts'
import { refusal } from './validate.ts'

/** Stores drop what isn't complete by then: https://developers.cloudflare.com/r2/objects/multipart-objects/ */
const UNFINISHED_SECONDS = 7 * 86_400

/**
 * The parts of an upload that is asked for in parts, or whose file is declared as large; `undefined`: the file goes in one request.
 * Throws `RefusedError` where that can't be.
 */
export function planUpload(
  { settings, multipart: { limits } }: GatewayDeps,
  { size, multipart, reusable }: ResourceUpload,
): PartPlan | undefined {
  const isTooLargeForOne = size !== undefined && size > limits.maxPartBytes
  const isLarge = isTooLargeForOne || (size !== undefined && size > settings.multipartAboveBytes)
  if (multipart === false && isTooLargeForOne)
    throw refusal({ multipart: [`Must be true for more than ${limits.maxPartBytes} bytes`] })
  if (!(multipart ?? isLarge)) return undefined
  if (reusable === true)
    throw refusal({ reusable: ['Must be false for an upload in parts, which makes its file once'] })
  if (size === undefined) throw refusal({ size: ['Missing value: the parts of an upload follow from it'] })
  const plan = planParts(limits, size)
  if (plan === undefined)
    throw refusal({
      size: [size === 0 ? 'An empty file has no parts: leave out multipart' : 'Is more than the store takes'],
    })
  return plan
}

/** The record of a new upload in parts, which the store has begun. An upload whose record is never stored is dropped by the store in time. */
export async function beginInParts(
  deps: GatewayDeps,
  uploads: Uploads,
  intent: Intent,
  { partSize, partCount }: PartPlan,
): Promise<UploadRecord> {
  const draft = uploads.draft({ ...intent, expiresInSeconds: UNFINISHED_SECONDS })
  const contentType = intent.declared.mimetype
  const id = await atStore(() =>
    deps.multipart.begin({ key: draft.key, ...(contentType !== undefined && { contentType }) }),
  )
  return {
    ...draft,
    multipart: { id, part_size: partSize, part_count: partCount, expires_in: intent.expiresInSeconds },
  }
}

/** Without a URL: those of the parts are signed when they are wanted. */
export function answerInParts(
  { id, key, expires_at = '', limits: { max_bytes = 0 } }: UploadRecord,
  { partSize, partCount }: PartPlan,
): UploadAnswer {
  const upload = {
    id,
    method: 'PUT',
    url: null,
    headers: {},
    key,
    expires_at,
    max_bytes,
    part_size: partSize,
    part_count: partCount,
  } as const
  return { presigned_url: null, upload }
}
