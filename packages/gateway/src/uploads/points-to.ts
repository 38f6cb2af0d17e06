import type { Settings } from '@ckan-uplink/core/settings'
import { mentionOf, mentionsIn, type UploadKey } from '@ckan-uplink/core/uploads'

/** Whether a URL leads to the file of this upload. */
export function pointsTo(settings: Settings, url: string, upload: UploadKey): boolean {
  return mentionsIn(settings, url).includes(mentionOf(upload))
}
