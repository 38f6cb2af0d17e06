import { isRestError, type RestError } from '@azure/storage-blob'
import { createStoreGuard, messageOf } from '@ckan-uplink/core'

/** Whether the storage answered with one of these statuses, except because the container does not exist. */
export function answeredWith(thrown: unknown, statuses: readonly number[]): boolean {
  return isRestError(thrown) && statuses.includes(thrown.statusCode ?? 0) && codeOf(thrown) !== 'ContainerNotFound'
}

/** For `catch`: returns `undefined` when the storage answered with one of these statuses. */
export function undefinedOn(...statuses: readonly number[]): (thrown: unknown) => undefined {
  return (thrown) => {
    if (!answeredWith(thrown, statuses)) throw thrown
  }
}

/** Turns every failure of a call into an `UnavailableError`. */
export const guard = createStoreGuard('Blob Storage', describe)

/** The storage's message without the request id and the time, which are on separate lines. */
function describe(thrown: unknown): string {
  const [message = ''] = messageOf(thrown).split('\n')
  const words = message.replace(/\.$/u, '')
  if (!isRestError(thrown) || thrown.statusCode === undefined) return words
  return [`${thrown.statusCode} ${codeOf(thrown)}`, words].filter((text) => text !== '').join(': ')
}

/** The error code. The SDK reads it from the body, but an answer to HEAD has no body. */
export function codeOf({ code, response }: RestError): string | undefined {
  return code ?? response?.headers.get('x-ms-error-code')
}
