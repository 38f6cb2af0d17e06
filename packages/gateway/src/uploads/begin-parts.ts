import type { UploadRecord } from '@ckan-uplink/core/uploads'
import type { GatewayDeps } from '../deps.ts'
import { refusal } from '../http/validate.ts'
import type { UploadAnswer } from './answers.ts'
import type { Intent, NewUploads } from './new-uploads.ts'
import { type PartPlan, planParts } from './part-plan.ts'
import { signedType } from './signed-type.ts'

/** Stores drop an incomplete upload after this time: https://developers.cloudflare.com/r2/objects/multipart-objects/ */
export const UNFINISHED_SECONDS = 7 * 86_400

interface Wish {
  readonly size?: number | undefined
  readonly multipart?: boolean | undefined
  readonly reusable?: boolean | undefined
}

/**
 * The parts of an upload, when the caller asks for parts or declares a large file. `undefined`: the file goes in one
 * request. Throws `RefusedError` for a wish that cannot be met.
 */
export function planUpload(
  { settings, multipart: { limits } }: GatewayDeps,
  { size, multipart, reusable }: Wish,
): PartPlan | undefined {
  const isTooLargeForOne = size !== undefined && size > limits.maxPartBytes
  const isLarge = isTooLargeForOne || (size !== undefined && size > settings.multipartAboveBytes)
  if (multipart === false && isTooLargeForOne)
    throw refusal({ multipart: [`Must be true for more than ${limits.maxPartBytes} bytes`] })
  if (!(multipart ?? isLarge)) return undefined
  if (reusable === true)
    throw refusal({ reusable: ['Must be false for an upload in parts, which accepts only one file'] })
  if (size === undefined) throw refusal({ size: ['Missing value: the number of parts depends on it'] })
  const plan = planParts(limits, size)
  if (plan === undefined)
    throw refusal({
      size: [size === 0 ? 'An empty file has no parts: omit multipart' : 'Is more than the store accepts'],
    })
  return plan
}

/**
 * Begins an upload in parts at the store, and drafts its record. If the record is never stored, the store drops the
 * upload in time.
 */
export function beginInParts(
  deps: GatewayDeps,
  uploads: NewUploads,
  intent: Intent,
  plan: PartPlan,
): Promise<UploadRecord> {
  const draft = uploads.draft({ ...intent, expiresInSeconds: UNFINISHED_SECONDS })
  return beginDraftInParts(deps, draft, plan, intent.expiresInSeconds)
}

/** The same for a record that is drafted already. The URL of each part is valid for `urlSeconds`. */
export async function beginDraftInParts(
  { multipart, settings }: GatewayDeps,
  draft: UploadRecord,
  { partSize, partCount }: PartPlan,
  urlSeconds: number,
): Promise<UploadRecord> {
  const contentType = signedType(settings, draft)
  const id = await multipart.begin({ key: draft.key, ...(contentType !== undefined && { contentType }) })
  return {
    ...draft,
    multipart: { id, part_size: partSize, part_count: partCount, expires_in: urlSeconds },
  }
}

/** The answer has no URL: `upload_sign_parts` signs a URL for each part. */
export function answerInParts(
  { id, key, expires_at = '', limits: { max_bytes = 0 } }: UploadRecord,
  { partSize, partCount }: PartPlan,
  statusKey: string | undefined,
): UploadAnswer {
  const upload = {
    id,
    method: 'PUT',
    url: null,
    headers: {},
    key,
    ...(statusKey !== undefined && { status_key: statusKey }),
    expires_at,
    max_bytes,
    part_size: partSize,
    part_count: partCount,
  } as const
  return { presigned_url: null, upload }
}
