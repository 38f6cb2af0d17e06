import { HTTPException } from 'hono/http-exception'
import { announcedBytes, isMultipart } from '../http/body.ts'
import { tokenOf } from '../http/caller.ts'
import type { UnusableForm } from '../http/read-fields.ts'
import { refusal } from '../http/validate.ts'
import type { Action } from './define-action.ts'

type Asked = Pick<Action, 'name' | 'filesGoToCkan'>

/**
 * Whether CKAN gets a form that the gateway has not read: a form that is too large to be without a file, or the form of
 * an anonymous caller, from whom the gateway reads nothing.
 */
export function goesToCkanUnread({ filesGoToCkan }: Asked, request: Request, maxBytes: number): boolean {
  if (filesGoToCkan === undefined || !isMultipart(request)) return false
  return tokenOf(request.headers) === undefined || (announcedBytes(request) ?? 0) > maxBytes
}

/** Throws `RefusedError` with the remedy for a form that is too large to be without a file. */
export function explainLargeForm({ name, filesGoToCkan }: Asked, request: Request, thrown: unknown): never {
  const isTooLarge = thrown instanceof HTTPException && thrown.status === 413
  if (!isTooLarge || !isMultipart(request) || filesGoToCkan) throw thrown
  throw refusal({ upload: [`The form is too large: ${remedyFor(name)}`] })
}

/** Throws `RefusedError` for a form with a file in it. */
export function refuseForm({ name }: Asked, form: UnusableForm): never {
  if ('fault' in form) throw form.fault
  throw refusal({ [form.fileField]: [`${name} takes no file: ${remedyFor(name)}`] })
}

function remedyFor(name: string): string {
  return name.endsWith('_upload')
    ? 'send the fields without the file, then put the file to presigned_url of the answer'
    : 'send the fields without a file'
}
