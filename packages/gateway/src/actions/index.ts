import { datasetUpload } from './dataset-upload.ts'
import type { Action } from './define-action.ts'
import { imageUploads } from './image-upload.ts'
import { resourceCreate } from './resource-create.ts'
import { resourceRestore } from './resource-restore.ts'
import { resourceUpload } from './resource-upload.ts'
import { resourceVersions } from './resource-versions.ts'
import { uploadAbort } from './upload-abort.ts'
import { uploadAccept } from './upload-accept.ts'
import { uploadComplete } from './upload-complete.ts'
import { uploadLinkCreate } from './upload-link-create.ts'
import { uploadLinkList } from './upload-link-list.ts'
import { uploadLinkRevoke } from './upload-link-revoke.ts'
import { uploadLinkShow } from './upload-link-show.ts'
import { uploadLinkUse } from './upload-link-use.ts'
import { uploadList } from './upload-list.ts'
import { uploadListParts } from './upload-list-parts.ts'
import { uploadProposals } from './upload-proposals.ts'
import { uploadQuota } from './upload-quota.ts'
import { uploadRefuse } from './upload-refuse.ts'
import { uploadRemove } from './upload-remove.ts'
import { uploadShow } from './upload-show.ts'
import { uploadSignParts } from './upload-sign-parts.ts'

/**
 * The gateway's own actions, in the order of the documentation. Routing, validation, the API description, the table in
 * `README.md` and the tests of bad input follow this list. CKAN handles all other actions.
 */
export const ACTIONS: readonly Action[] = [
  resourceUpload,
  resourceCreate,
  datasetUpload,
  ...imageUploads,
  resourceVersions,
  resourceRestore,
  uploadShow,
  uploadList,
  uploadRemove,
  uploadSignParts,
  uploadListParts,
  uploadComplete,
  uploadAbort,
  uploadQuota,
  uploadLinkCreate,
  uploadLinkList,
  uploadLinkRevoke,
  uploadLinkShow,
  uploadLinkUse,
  uploadProposals,
  uploadAccept,
  uploadRefuse,
]
