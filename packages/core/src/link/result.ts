import { isRetryable, messageOf, UnavailableError } from '../errors.ts'
import type { ObjectEvent } from '../notifications/object-event.ts'
import type { Outcome } from '../notifications/outcome.ts'
import type { Resource } from '../ports/index.ts'
import { backOff } from '../support/back-off.ts'
import type { UploadKey } from '../uploads/image-keys.ts'
import type { FailureCode } from '../uploads/upload-record.ts'
import type { Candidate } from './upload.ts'

/** The state of an upload in CKAN, before the linker writes the record and answers the message. */
export type Result =
  /**
   * `isLoadable`: the file is a table that everyone can read. Loaders have no token. `mimetype`: absent for images.
   * `needsViews`: the resource as it is now, when it may lack CKAN's default views.
   */
  | {
      readonly kind: 'linked'
      readonly candidate: Candidate<UploadKey>
      readonly url: string
      readonly written: boolean
      readonly isLoadable: boolean
      readonly mimetype?: string
      readonly needsViews?: Resource
    }
  | { readonly kind: 'superseded'; readonly by: string }
  /**
   * The upload itself is at fault, or came too late; its record says why. `etag` belongs to an object that the linker
   * removes after it has written the record.
   */
  | {
      readonly kind: 'failed'
      readonly code: FailureCode
      readonly reason: string
      readonly etag?: string
      /** CKAN showed this file before, and the resource has no URL now. */
      readonly isLost?: true
    }
  | { readonly kind: 'parked'; readonly reason: string }
  /** The resource or owner does not exist in CKAN, or is deleted there. */
  | { readonly kind: 'gone'; readonly reason: string; readonly whatToDo: string }
  | { readonly kind: 'ignored'; readonly reason: string }
  /** The file has arrived and waits. The record says for what. */
  | { readonly kind: 'waiting'; readonly state: 'proposed' | 'scanning'; readonly reason: string }
  /** A virus scanner, `by`, has found something in this object. `isShown`: CKAN points to an earlier version. */
  | {
      readonly kind: 'infected'
      readonly etag: string
      readonly by: string
      readonly reason: string
      readonly isShown?: boolean
    }
  | { readonly kind: 'retry'; readonly cause: unknown; readonly afterSeconds?: number }

export function ignored(reason: string): Result {
  return { kind: 'ignored', reason }
}

export function parked(reason: string): Result {
  return { kind: 'parked', reason }
}

/** Retries errors that may disappear, and parks all others. */
export function resultOfError(error: unknown): Result {
  return isRetryable(error) ? { kind: 'retry', cause: error } : { kind: 'parked', reason: messageOf(error) }
}

export function gone(reason: string, whatToDo: string): Result {
  return { kind: 'gone', reason, whatToDo }
}

export const RESTORE_OR_DROP = 'Restore it and replay this message, or drop the message.'

export function resourceIsGone(resourceId: string): Result {
  return gone(
    `Resource ${resourceId} does not exist in CKAN: it was deleted or never created.`,
    'Create it and replay this message, or drop the message.',
  )
}

/** The outcome of an event, by which the queue gets its answer. */
export function outcomeOf(event: ObjectEvent, result: Result): Outcome {
  switch (result.kind) {
    case 'linked':
      return result.written ? { kind: 'linked', url: result.url } : { kind: 'unchanged' }
    case 'superseded':
      return { kind: 'superseded', by: result.by }
    case 'failed':
      return { kind: 'ignored', reason: result.reason, ...(result.isLost && { isLost: true }) }
    case 'infected':
    case 'ignored':
      return { kind: 'ignored', reason: result.reason }
    case 'parked':
    case 'waiting':
      return { kind: result.kind, reason: result.reason }
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
 * outlast an outage of 72 hours. A longer `Retry-After` counts up to 12 hours, the longest delay that queues accept.
 */
function backOffSeconds(attempt: number, cause: unknown): number {
  const asked = cause instanceof UnavailableError ? (cause.retryAfterSeconds ?? 0) : 0
  return Math.min(
    Math.max(Math.ceil(backOff(10, attempt, { longest: 3600, jitter: 0.25 })), asked),
    LONGEST_DELAY_SECONDS,
  )
}
