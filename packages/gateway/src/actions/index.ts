import { datasetUpload } from './dataset-upload.ts'
import type { Action } from './define-action.ts'
import { imageUploads } from './image-upload.ts'
import { resourceCreate } from './resource-create.ts'
import { resourceRestore } from './resource-restore.ts'
import { resourceUpload } from './resource-upload.ts'
import { resourceVersions } from './resource-versions.ts'
import { uploadAbort } from './upload-abort.ts'
import { uploadComplete } from './upload-complete.ts'
import { uploadList } from './upload-list.ts'
import { uploadListParts } from './upload-list-parts.ts'
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
]
