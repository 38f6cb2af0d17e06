import { describe, expect, it } from 'vitest'
import { isRetryable } from '../src/errors.ts'
import {
  ConfigurationError,
  MalformedNotificationError,
  messageOf,
  NotAllowedError,
  NotFoundError,
  RefusedError,
  TokenInvalidError,
  UnavailableError,
  UplinkError,
} from '../src/index.ts'

describe('an error', () => {
  it.each([
    [new UnavailableError('x'), 'unavailable', true],
    [new TokenInvalidError('x'), 'token_invalid', true],
    [new NotAllowedError('x'), 'not_allowed', false],
    [new NotFoundError('x'), 'not_found', false],
    [new RefusedError('x'), 'refused', false],
    [new MalformedNotificationError('x'), 'malformed_notification', false],
    [new ConfigurationError(['x']), 'configuration', false],
    [new UplinkError('store', 'x', true), 'store', true],
    [new UplinkError('store', 'x', false), 'store', false],
  ])('%s has the code %s; retryable: %s', (error, code, retryable) => {
    expect(error).toBeInstanceOf(UplinkError)
    expect(error.code).toBe(code)
    expect(isRetryable(error)).toBe(retryable)
  })

  it.each([new Error('socket hang up'), new TypeError('x is not a function'), 'a string', undefined, null])(
    'is retried when it is unknown: %s',
    (thrown) => {
      expect(isRetryable(thrown)).toBe(true)
    },
  )

  it('keeps its cause, its facts and the Retry-After of the other side', () => {
    const cause = new Error('ECONNRESET')
    const error = new UnavailableError('CKAN is away.', { cause, details: { status: 503 }, retryAfterSeconds: 7 })
    expect(error).toMatchObject({
      name: 'UnavailableError',
      system: 'CKAN',
      cause,
      details: { status: 503 },
      retryAfterSeconds: 7,
    })
    expect('cause' in new NotFoundError('x')).toBe(false)
    expect(new NotFoundError('x').details).toEqual({})
  })

  it('has a message without a stack', () => {
    expect([new Error('broken'), 'text', 7, undefined].map(messageOf)).toEqual(['broken', 'text', '7', 'undefined'])
  })
})
