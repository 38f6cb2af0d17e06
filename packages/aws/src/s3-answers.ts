import { createStoreGuard, messageOf } from '@ckan-uplink/core'

/** The answer of S3 in an error, if S3 answered. */
interface Answer {
  /** S3's error code, for example `NoSuchKey`. */
  readonly name?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number }
}

export function statusOf(thrown: unknown): number | undefined {
  return answerIn(thrown).$metadata?.httpStatusCode
}

/**
 * Whether the SDK has sent the request twice. Then the first attempt may have succeeded, and caused the refusal of the
 * second.
 */
export function wasRepeated(thrown: unknown): boolean {
  return (answerIn(thrown).$metadata?.attempts ?? 1) > 1
}

/** Whether S3 answered with one of these statuses, except because the bucket does not exist. */
export function answeredWith(thrown: unknown, statuses: readonly number[]): boolean {
  const status = statusOf(thrown)
  return status !== undefined && statuses.includes(status) && answerIn(thrown).name !== 'NoSuchBucket'
}

/** For `catch`: returns `undefined` when S3 answered with one of these statuses. */
export function undefinedOn(...statuses: readonly number[]): (thrown: unknown) => undefined {
  return (thrown) => {
    if (!answeredWith(thrown, statuses)) throw thrown
  }
}

/** Turns every failure of a call into an `UnavailableError`. */
export const guard = createStoreGuard('S3', describe)

function describe(thrown: unknown): string {
  const status = statusOf(thrown)
  const message = messageOf(thrown).replace(/\.$/u, '')
  if (status === undefined) return message
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  const advice =
    status === 403 ? '. Without the permission s3:ListBucket, S3 also answers this for a key that does not exist' : ''
  return `${status} ${answerIn(thrown).name}: ${message}${advice}`
}

function answerIn(thrown: unknown): Answer {
  return thrown instanceof Error ? thrown : {}
}

/** The ETag without quotes. */
export function etagOf({ ETag = '' }: { readonly ETag?: string | undefined }): string {
  return ETag.replace(/^"|"$/gu, '')
}
