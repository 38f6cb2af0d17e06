import type { Resource } from '@ckan-uplink/core'
import type { Settings } from '@ckan-uplink/core/settings'
import { type Declared, identify, isAllowed } from '@ckan-uplink/core/uploads'
import { type FieldErrors, refusal } from '../http/validate.ts'

/** The fields of a request that describe its file. */
interface FileFields {
  readonly name?: string | undefined
  readonly size?: number | undefined
  readonly mimetype?: string | undefined
  readonly format?: string | undefined
  readonly hash?: string | undefined
}

/** Of a file whose type is not yet known: the linker looks at its content. */
const UNKNOWN_TYPE = 'application/octet-stream'

/** What the settings do not allow for a file, by field. */
export function faultsOfFile({ maxUploadBytes, allowedTypes }: Settings, fields: FileFields): FieldErrors {
  const { size = 0, name } = fields
  const identity = identify({ name, declared: fields })
  const isKnown = identity.extension !== '' || identity.mimetype !== UNKNOWN_TYPE
  const isRefused = isKnown && !isAllowed(allowedTypes, identity)
  return {
    ...(size > maxUploadBytes && { size: [`Must be at most ${maxUploadBytes} bytes`] }),
    ...(isRefused && {
      [typeField(fields)]: [`The type of the file must be one of ${allowedTypes.join(', ')}`],
    }),
  }
}

/** With a virus scanner, each URL takes one file. */
export function faultsOfReuse({ scanner }: Settings, reusable = false): FieldErrors {
  if (scanner === undefined || !reusable) return {}
  return { reusable: ['Must be false where a virus scanner looks at each file: request a URL for each file'] }
}

/** The field that most likely gives the type. */
function typeField({ name, mimetype }: FileFields): 'mimetype' | 'name' | 'format' {
  if (mimetype !== undefined) return 'mimetype'
  return name === undefined ? 'format' : 'name'
}

/** Throws `RefusedError` for a resource without a file: its data live in the DataStore. */
export function checkHoldsFile({ urlType }: Pick<Resource, 'urlType'>, field = 'id'): void {
  if (urlType !== 'datastore' && urlType !== 'tabledesigner') return
  throw refusal({
    [field]: [
      `The data of this resource exist only in the DataStore (url_type ${urlType}), so a file would not replace them`,
    ],
  })
}

export function declaredIn({ name, size, mimetype, format, hash }: FileFields): Declared {
  return {
    ...(name !== undefined && { name }),
    ...(size !== undefined && { size }),
    ...(mimetype !== undefined && { mimetype }),
    ...(format && { format }),
    ...(hash !== undefined && { hash }),
  }
}

/** Whether the request promises more of the file than its name. */
export function isDeclared({ name: _, ...promised }: Declared): boolean {
  return Object.keys(promised).length > 0
}
