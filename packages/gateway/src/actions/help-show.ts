import { NotFoundError } from '@ckan-uplink/core'
import type { JsonObject } from '@ckan-uplink/core/support'
import { toActionAnswer } from '../http/answers.ts'
import { announcedBytes, isMultipart, readBytes } from '../http/body.ts'
import { readFields } from '../http/read-fields.ts'
import { helpFor } from '../service/help.ts'
import type { ActionContext } from './define-action.ts'

/** A body with the name of an own action is shorter. */
const MAX_BYTES = 1024

/**
 * CKAN's `help_show`: the gateway answers for its own actions. CKAN answers for all others, as for bodies that are not
 * read.
 */
export function createHelpShow(context: ActionContext) {
  const { settings, passThrough } = context
  return async (request: Request): Promise<Response> => {
    const held = isShort(request) ? await readBytes(request, MAX_BYTES) : undefined
    const fields = held?.length ? await fieldsOf(request, held) : Object.fromEntries(new URL(request.url).searchParams)
    const name = fields['name']
    const help = typeof name === 'string' ? await helpFor(context, name) : undefined
    if (help !== undefined) return toActionAnswer(settings, 'help_show', help)
    if (settings.passThrough) return passThrough.pass('help_show', request, held)
    throw new NotFoundError('Action function not found')
  }
}

function isShort(request: Request): boolean {
  return (announcedBytes(request) ?? Number.POSITIVE_INFINITY) <= MAX_BYTES && !isMultipart(request)
}

/** No fields for a body that CKAN refuses by itself. */
async function fieldsOf({ url, headers }: Request, body: Uint8Array<ArrayBuffer>): Promise<JsonObject> {
  try {
    return (await readFields(new Request(url, { method: 'POST', headers, body }), MAX_BYTES)).fields
  } catch {
    return {}
  }
}
