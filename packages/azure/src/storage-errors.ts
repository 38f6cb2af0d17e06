import { isRestError, type RestError } from '@azure/storage-blob'
import { createStoreGuard, messageOf } from '@ckan-uplink/core'

/** Whether the storage answered with one of these, and not because there is no such container. */
export function answeredWith(thrown: unknown, statuses: readonly number[]): boolean {
  return isRestError(thrown) && statuses.includes(thrown.statusCode ?? 0) && codeOf(thrown) !== 'ContainerNotFound'
}

/** For `catch`: `undefined` where the storage answered with one of these. */
export function undefinedOn(...statuses: readonly number[]): (thrown: unknown) => undefined {
  return (thrown) => {
    if (!answeredWith(thrown, statuses)) throw thrown
  }
}

/** Every failure of the call is an `UnavailableError`. */
export const guard = createStoreGuard('Blob Storage', describe)

/** The storage's own words without its request id and time, which stand on lines of their own. */
function describe(thrown: unknown): string {
  const [message = ''] = messageOf(thrown).split('\n')
  const words = message.replace(/\.$/u, '')
  if (!isRestError(thrown) || thrown.statusCode === undefined) return words
  return [`${thrown.statusCode} ${codeOf(thrown)}`, words].filter((text) => text !== '').join(': ')
}

/** An answer to HEAD has no body, out of which the SDK takes the code. */
export function codeOf({ code, response }: RestError): string | undefined {
  return code ?? response?.headers.get('x-ms-error-code')
}
