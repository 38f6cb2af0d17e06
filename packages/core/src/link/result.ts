import { isRetryable, messageOf, UnavailableError } from '../errors.ts'
import type { ObjectEvent } from '../notifications/object-event.ts'
import type { Outcome } from '../notifications/outcome.ts'
import { backOff } from '../support/back-off.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { FailureCode } from '../uploads/upload-record.ts'
import type { Candidate } from './upload.ts'

/** What became of an upload in CKAN, before its record says so and the message is answered. */
export type Result =
  /** `isPublic`: whoever has the URL can read it, as loaders do, which have no token. */
  | {
      readonly kind: 'linked'
      readonly candidate: Candidate<UploadKey>
      readonly url: string
      readonly written: boolean
      readonly isPublic: boolean
    }
  | { readonly kind: 'superseded'; readonly by: string }
  /** The upload itself is at fault, or came too late: its record says why. */
  /** `etag`: of an object that is to be removed once the record says why. */
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly reason: string; readonly etag?: string }
  | { readonly kind: 'parked'; readonly reason: string }
  /** What it is for isn't in CKAN, or deleted there. */
  | { readonly kind: 'gone'; readonly reason: string; readonly whatToDo: string }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'retry'; readonly cause: unknown; readonly afterSeconds?: number }

export function ignored(reason: string): Result {
  return { kind: 'ignored', reason }
}

export function parked(reason: string): Result {
  return { kind: 'parked', reason }
}

/** What may succeed later is tried again; what can't is parked. */
export function resultOfError(error: unknown): Result {
  return isRetryable(error) ? { kind: 'retry', cause: error } : { kind: 'parked', reason: messageOf(error) }
}

export function gone(reason: string, whatToDo: string): Result {
  return { kind: 'gone', reason, whatToDo }
}

export function resourceIsGone(resourceId: string): Result {
  return gone(
    `Resource ${resourceId} does not exist in CKAN: it was deleted, or never made.`,
    'Make it and replay, or drop this.',
  )
}

/** What the message is answered with. */
export function outcomeOf(event: ObjectEvent, result: Result): Outcome {
  switch (result.kind) {
    case 'linked':
      return result.written ? { kind: 'linked', url: result.url } : { kind: 'unchanged' }
    case 'superseded':
      return { kind: 'superseded', by: result.by }
    case 'failed':
    case 'ignored':
      return { kind: 'ignored', reason: result.reason }
    case 'parked':
      return { kind: 'parked', reason: result.reason }
    case 'gone':
      return event.kind === 'listed'
        ? { kind: 'orphaned', reason: result.reason }
        : { kind: 'parked', reason: `${result.reason} ${result.whatToDo}` }
    case 'retry':
      return {
        kind: 'retry',
        afterSeconds: result.afterSeconds ?? backOffSeconds(event.attempt ?? 1, result.cause),
        cause: messageOf(result.cause),
      }
  }
}

const LONGEST_DELAY_SECONDS = 43_200

/**
 * How long a message waits before its next attempt: 10 s, doubled each time up to an hour, so that a hundred attempts
 * outlast an outage of 72 hours. What the other side asked for is honoured up to 12 hours, the longest that queues take.
 */
function backOffSeconds(attempt: number, cause: unknown): number {
  const asked = cause instanceof UnavailableError ? (cause.retryAfterSeconds ?? 0) : 0
  return Math.min(
    Math.max(Math.ceil(backOff(10, attempt, { longest: 3600, jitter: 0.25 })), asked),
    LONGEST_DELAY_SECONDS,
  )
}
