import { badRequest, boundaryOf, MAX_OWN_BYTES } from '../body.ts'
import type { Cleaner } from './cleaner.ts'
import { createFormCleaner } from './form-cleaner.ts'
import { createJsonCleaner } from './json-cleaner.ts'
import { createMultipartCleaner } from './multipart-cleaner.ts'
import { isOurField, kindOfBody } from './rules.ts'

const TOO_LARGE =
  'A body of more than 1 MiB may not have upload or presigned_url in its resources. The gateway adds these fields to answers: remove them'

/**
 * Removes the gateway's own members from the resources in an action's body, and counts the fields of a form.
 * `undefined` for a body that needs neither. Throws 400 for a large body with such members, since nothing has renewed
 * its stale fields.
 */
export function createCleaner(action: string, contentType: string, length = 0): Cleaner | undefined {
  const kind = kindOfBody(action)
  const isOurs = (name: string) => isOurField(kind, name)
  const onOurs = () => {
    if (length > MAX_OWN_BYTES) throw badRequest(TOO_LARGE)
  }
  if (/^multipart\b/iu.test(contentType)) {
    const boundary = boundaryOf(contentType)
    if (boundary === undefined) throw badRequest('Error decoding the multipart body: its boundary cannot be read')
    return createMultipartCleaner(boundary, isOurs)
  }
  if (/\bform\b/iu.test(contentType)) return createFormCleaner(isOurs)
  return kind === 'other' ? undefined : createJsonCleaner(kind, onOurs)
}
