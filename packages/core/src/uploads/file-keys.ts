import { isFileName, isResourceId, isUploadId } from './keys.ts'

/** Below the prefix of files. A file of a resource with the id `uplink-files` has one slash less. */
const FILES = 'uplink-files/'
/** In place of an organization's id, which has seven characters or more. */
const NONE = 'none'

/** The key of a file that no resource links to. Its record names the owner in CKAN. */
export interface FileKey {
  readonly kind: 'file'
  /** The organization whose quota counts the file. */
  readonly organization?: string
  readonly uploadId: string
  readonly fileName: string
}

/** The beginning of all such keys. */
export function filesPrefix(prefix: string): string {
  return prefix + FILES
}

/** The key of a file. `parseFileKey` is its inverse. */
export function buildFileKey(
  prefix: string,
  { organization = NONE, uploadId, fileName }: Omit<FileKey, 'kind'>,
): string {
  return `${filesPrefix(prefix)}${organization}/${uploadId}/${fileName}`
}

/** `undefined` for any other key. */
export function parseFileKey(prefix: string, key: string): FileKey | undefined {
  if (!key.startsWith(filesPrefix(prefix))) return undefined
  const [organization = '', uploadId = '', fileName = '', ...rest] = key.slice(filesPrefix(prefix).length).split('/')
  const isOwned = isResourceId(organization)
  if (!(isOwned || organization === NONE) || !isUploadId(uploadId) || !isFileName(fileName) || rest.length > 0)
    return undefined
  return { kind: 'file', uploadId, fileName, ...(isOwned && { organization }) }
}
