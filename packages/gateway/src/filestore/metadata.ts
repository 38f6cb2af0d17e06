import { NotFoundError } from '@ckan-uplink/core'
import type { JsonObject } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '../deps.ts'
import { MAX_SHORT_BYTES } from '../http/body.ts'
import { readFields } from '../http/read-fields.ts'
import { type FieldErrors, refusal } from '../http/validate.ts'
import { type Document, type Documents, describeFile } from './documents.ts'
import { keysOf, locationOf } from './label.ts'
import { requireWriter } from './require-writer.ts'

/** Answers the metadata of a file to everybody. POST adds fields of the owner, and PUT replaces all of them. */
export function createMetadata({ settings, store, authorizer }: GatewayDeps, documents: Documents) {
  async function show(label: string, document: Document | undefined): Promise<JsonObject> {
    const object = await store.head(keysOf(label).file)
    if (object === undefined) throw new NotFoundError(`There is no file with the label ${label}: upload it first.`)
    return describeFile(settings, { label, location: locationOf(settings, label), object, document })
  }

  return {
    async get(label: string): Promise<JsonObject> {
      return show(label, await documents.find(label))
    },

    async set(request: Request, label: string): Promise<JsonObject> {
      const caller = await requireWriter(authorizer, request)
      const { fields: sent } = await readFields(request, MAX_SHORT_BYTES)
      const fields = withoutFacts(sent, await show(label, await documents.find(label)))
      const isReplaced = request.method === 'PUT'
      const document = await documents.change(label, caller, (present) => ({ ...(!isReplaced && present), ...fields }))
      return show(label, document)
    },
  }
}

/** Clients send facts back as they got them. Throws `RefusedError` if one differs, because it would not change. */
function withoutFacts(sent: JsonObject, shown: JsonObject): JsonObject {
  const isFact = (name: string) => name.startsWith('_') || name === 'uploaded-by'
  const changed = Object.keys(sent).filter(
    (name) => isFact(name) && JSON.stringify(sent[name]) !== JSON.stringify(shown[name]),
  )
  const faults: FieldErrors = Object.fromEntries(
    changed.map((name) => [name, ['This is a fact about the file, which cannot be set: leave the field out']]),
  )
  if (changed.length > 0) throw refusal(faults)
  return Object.fromEntries(Object.entries(sent).filter(([name]) => !isFact(name)))
}
