import type { Resource, Settings } from '@ckan-uplink/core'
import { type Declared, fileTypeOf, isAllowedType } from '@ckan-uplink/core/uploads'
import { type FieldErrors, refusal } from '../http/validate.ts'

/** The fields of a request that describe its file. */
interface FileFields {
  readonly name?: string | undefined
  readonly size?: number | undefined
  readonly mimetype?: string | undefined
  readonly format?: string | undefined
  readonly hash?: string | undefined
}

/** What the settings do not allow for a file, by field. */
export function faultsOfFile(
  { maxUploadBytes, allowedTypes }: Settings,
  { size = 0, mimetype, name = '' }: FileFields,
): FieldErrors {
  const type = fileTypeOf(name, mimetype)
  const isRefused =
    (mimetype !== undefined || type.format !== undefined) &&
    !isAllowedType(allowedTypes, mimetype ?? type.mimetype, name)
  return {
    ...(size > maxUploadBytes && { size: [`Must be at most ${maxUploadBytes} bytes`] }),
    ...(isRefused && {
      [mimetype === undefined ? 'name' : 'mimetype']: [
        `The type of the file must be one of ${allowedTypes.join(', ')}`,
      ],
    }),
  }
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
