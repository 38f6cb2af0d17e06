import { type ResourceKey, UPLINK_PREFIX } from './keys.ts'

/**
 * The prefix of the marks of a resource's withdrawn files: one empty object each. The files themselves are in the
 * bucket until they are removed; the marks keep them in the list of versions after that.
 */
export function withdrawnMarks({ resourceId }: Pick<ResourceKey, 'resourceId'>): string {
  return `${UPLINK_PREFIX}versions/${encodeURIComponent(resourceId)}/`
}
