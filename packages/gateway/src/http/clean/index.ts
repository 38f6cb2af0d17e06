import { boundaryOf } from '../body.ts'
import type { Cleaner } from './cleaner.ts'
import { createFormCleaner } from './form-cleaner.ts'
import { createJsonCleaner } from './json-cleaner.ts'
import { createMultipartCleaner } from './multipart-cleaner.ts'
import { isOurField, kindOfBody } from './rules.ts'

/**
 * Removes the gateway's own members from the resources in an action's body, and counts the fields of a form. `undefined` for a
 * body that needs neither.
 */
export function createCleaner(action: string, contentType: string): Cleaner | undefined {
  const kind = kindOfBody(action)
  const isOurs = (name: string) => isOurField(kind, name)
  if (/^multipart\b/iu.test(contentType)) {
    const boundary = boundaryOf(contentType)
    return boundary === undefined ? undefined : createMultipartCleaner(boundary, isOurs)
  }
  if (/\bform\b/iu.test(contentType)) return createFormCleaner(isOurs)
  return kind === 'other' ? undefined : createJsonCleaner(kind)
}
