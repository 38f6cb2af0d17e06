/** The kind of an error, for programs. */
export type ErrorCode =
  | 'configuration'
  | 'malformed_notification'
  | 'not_allowed'
  | 'not_found'
  | 'refused'
  | 'source'
  | 'store'
  | 'timed_out'
  | 'token_invalid'
  | 'unavailable'
  | 'upload_failed'

interface Facts {
  readonly cause?: unknown
  /** Facts for the log. Never a secret, never a signed URL. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * The base of every error that this project throws on purpose. The message names the subject, says what happened, and
 * says what to do. Implementations of ports wrap the errors of a vendor's SDK; no other code does.
 */
export class UplinkError extends Error {
  override readonly name: string = 'UplinkError'
  readonly code: ErrorCode
  /** Whether the same call may succeed later by itself. */
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, retryable: boolean, options: Facts = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = retryable
    this.details = options.details ?? {}
  }
}

interface UnavailableFacts extends Facts {
  /** The system that failed. Default: CKAN. `createStoreGuard` sets the store. */
  readonly system?: 'CKAN' | 'store'
  readonly retryAfterSeconds?: number | undefined
}

/**
 * CKAN or the store can't be reached, is overloaded or broke the connection. A write may or may not have taken effect.
 */
export class UnavailableError extends UplinkError {
  override readonly name = 'UnavailableError'
  readonly system: 'CKAN' | 'store'
  /** The `Retry-After` of the other side, in seconds. */
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, options: UnavailableFacts = {}) {
    super('unavailable', message, true, options)
    this.system = options.system ?? 'CKAN'
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** The service's own CKAN token is expired, revoked or mistyped. Messages wait until an operator replaces it. */
export class TokenInvalidError extends UplinkError {
  override readonly name = 'TokenInvalidError'
  constructor(message: string, options?: Facts) {
    super('token_invalid', message, true, options)
  }
}

/** CKAN itself answered 403 to a valid token. */
export class NotAllowedError extends UplinkError {
  override readonly name = 'NotAllowedError'
  constructor(message: string, options?: Facts) {
    super('not_allowed', message, false, options)
  }
}

/** CKAN itself answered 404. */
export class NotFoundError extends UplinkError {
  override readonly name = 'NotFoundError'
  constructor(message: string, options?: Facts) {
    super('not_found', message, false, options)
  }
}

/** CKAN itself refused the data; `details` holds CKAN's messages by field. */
export class RefusedError extends UplinkError {
  override readonly name = 'RefusedError'
  constructor(message: string, options?: Facts) {
    super('refused', message, false, options)
  }
}

/** A notification that no attempt can read. */
export class MalformedNotificationError extends UplinkError {
  override readonly name = 'MalformedNotificationError'
  constructor(message: string, options?: Facts) {
    super('malformed_notification', message, false, options)
  }
}

/** Settings are missing or contradict one another; `faults` lists all faults, one sentence each. */
export class ConfigurationError extends UplinkError {
  override readonly name = 'ConfigurationError'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super('configuration', `The configuration has ${faults.length} fault(s):\n- ${faults.join('\n- ')}`, false)
    this.faults = faults
  }
}

/** The message of any thrown value, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Whether to try again. True for unknown errors, because a needless retry loses nothing. */
export function isRetryable(thrown: unknown): boolean {
  return !(thrown instanceof UplinkError) || thrown.retryable
}

/**
 * Returns a function that runs calls of a store. It turns each failure into an `UnavailableError` that names the
 * operation and the key. `describe` returns the store's own message, without a full stop.
 */
export function createStoreGuard(store: string, describe: (thrown: unknown) => string = messageOf) {
  return async <T>(operation: string, key: string, call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (cause) {
      throw new UnavailableError(
        `${store} could not ${operation} ${JSON.stringify(key)}: ${describe(cause)}. Try again later.`,
        { cause, system: 'store' },
      )
    }
  }
}
