import { createStoreGuard, messageOf } from '@ckan-uplink/core'

/** What S3 answered to the call that threw this, as far as it answered. */
interface Answer {
  /** S3's own word, such as `NoSuchKey`. */
  readonly name?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number }
}

export function statusOf(thrown: unknown): number | undefined {
  return answerIn(thrown).$metadata?.httpStatusCode
}

/** Whether the SDK had sent the request before: then a refusal may be that of its own first attempt, whose answer was lost. */
export function wasRepeated(thrown: unknown): boolean {
  return (answerIn(thrown).$metadata?.attempts ?? 1) > 1
}

/** Whether S3 answered with one of these, and not because there is no such bucket. */
export function answeredWith(thrown: unknown, statuses: readonly number[]): boolean {
  const status = statusOf(thrown)
  return status !== undefined && statuses.includes(status) && answerIn(thrown).name !== 'NoSuchBucket'
}

/** For `catch`: `undefined` where S3 answered with one of these. */
export function undefinedOn(...statuses: readonly number[]): (thrown: unknown) => undefined {
  return (thrown) => {
    if (!answeredWith(thrown, statuses)) throw thrown
  }
}

/** Every failure of the call is an `UnavailableError`. */
export const guard = createStoreGuard('S3', describe)

function describe(thrown: unknown): string {
  const status = statusOf(thrown)
  const message = messageOf(thrown).replace(/\.$/u, '')
  if (status === undefined) return message
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  const advice =
    status === 403 ? '. Without s3:ListBucket on the bucket this is also the answer for a key that is not there' : ''
  return `${status} ${answerIn(thrown).name}: ${message}${advice}`
}

function answerIn(thrown: unknown): Answer {
  return thrown instanceof Error ? thrown : {}
}

/** Without its quotes. */
export function etagOf({ ETag = '' }: { readonly ETag?: string | undefined }): string {
  return ETag.replace(/^"|"$/gu, '')
}
