import { timeOfUploadId } from '@ckan-uplink/core/uploads'
import { v4, v7 } from 'uuid'
import { timeAfter } from './upload-ids.ts'

/** The ids of one file of a request. A repeated request finds the same ids, so it creates nothing twice. */
export interface DerivedIds {
  /** The id of the resource, if the file needs a new one. */
  readonly resourceId: string
  /**
   * The id of the upload: of the time `at`, or later if CKAN shows an upload with a greater id. Throws `RefusedError`
   * when no greater id exists.
   */
  uploadId(at: number, shown?: string): string
}

/** `facts` identify the file. The ids hold 122 and 74 bits of their SHA-256, so other facts lead to other ids. */
export async function deriveIds(...facts: readonly (string | number)[]): Promise<DerivedIds> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(facts))))
  const random = digest.slice(16)
  const seq = new DataView(digest.buffer).getUint32(16)
  const idAt = (msecs: number) => v7({ msecs, random, seq })
  return {
    resourceId: v4({ random: digest.slice(0, 16) }),
    uploadId(at, shown = '') {
      const id = idAt(at)
      if (shown < id) return id
      return hasSameBits(id, shown) ? shown : idAt(timeAfter(timeOfUploadId(shown)))
    },
  }
}

/** Whether two upload ids differ in their times alone. */
function hasSameBits(id: string, other: string): boolean {
  const timeLength = '00000000-0000-'.length
  return id.slice(timeLength) === other.slice(timeLength)
}
