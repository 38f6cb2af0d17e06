import type { NewFile } from '@ckan-uplink/widget/transfers'
import type { Body, Meta, UppyFile } from '@uppy/core'

/**
 * The file with the name that people see in Uppy, where they may change it. `undefined`: this browser does not have the
 * bytes, because the file is in a cloud drive or comes from an earlier visit.
 */
export function toNewFile<M extends Meta, B extends Body>({
  isRemote,
  data,
  name,
  meta,
}: UppyFile<M, B>): NewFile | undefined {
  if (isRemote || data === undefined) return undefined
  const shown = meta.name || name
  const { relativePath } = meta
  const folder = relativePath?.includes('/') ? relativePath.slice(0, relativePath.lastIndexOf('/') + 1) : ''
  const isNamed = data instanceof File && data.name === shown
  const lastModified = data instanceof File ? data.lastModified : Date.now()
  const file = isNamed ? data : new File([data], shown, { type: data.type, lastModified })
  return { file, path: `${folder}${shown}` }
}
