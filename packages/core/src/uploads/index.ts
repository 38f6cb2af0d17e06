export { extensionOf, hasForbiddenCharacters, safeFileName, visibleName } from '../file-identity/file-name.ts'
export { canonicalFormat, isTabular } from '../file-identity/file-types.ts'
export { type FileFacts, type FileIdentity, identify, isAllowed, type ShownFile } from '../file-identity/identify.ts'
export { imageTypeOf, imageTypes, SVG } from '../image-content.ts'
export type {
  MultipartLimits,
  MultipartSigner,
  MultipartUpload,
  ObjectCopier,
  PlatformScanner,
  SignedForm,
  SignedRequest,
  UploadedPart,
  UploadSigner,
  Verdict,
} from '../ports/index.ts'
export { buildFileKey, type FileKey, filesPrefix, parseFileKey } from './file-keys.ts'
export { ownerOf } from './file-owner.ts'
export { callLinker, type Present, releaseUpload } from './held-upload.ts'
export {
  buildImageKey,
  IMAGE_OWNER_TYPES,
  type ImageKey,
  type ImageOwnerType,
  imageUrl,
  parseImageKey,
  parseImageUrl,
  parseUploadKey,
  type UploadKey,
  uploadKeyOf,
} from './image-keys.ts'
export {
  buildKey,
  DEFAULT_KEY_PREFIX,
  FILESTORE_PREFIX,
  IMAGE_PREFIX,
  isFileName,
  isResourceId,
  isUploadId,
  PROBE_PREFIX,
  parseKey,
  type ResourceKey,
  timeOfUploadId,
  UPLINK_PREFIX,
} from './keys.ts'
export { LINKS_PREFIX, linkKey, MAX_LINK_DAYS } from './link-keys.ts'
export {
  downloadPath,
  type LinkedUrl,
  linkedUrl,
  parseBucketUrl,
  parseDownloadName,
  parseLinkedUrl,
  parseUrlOfResource,
  versionOf,
  withAddress,
} from './linked-url.ts'
export { countOpen, markOpen, moveReservation, OPEN_PREFIX, type OpenKind, unmarkOpen } from './open-uploads.ts'
export { mentionOf, mentionsIn } from './own-url.ts'
export {
  type Amount,
  amountOf,
  hasQuotas,
  organizationsWithQuotas,
  QUOTAS_PREFIX,
  type Quota,
  type QuotaLimits,
  readQuota,
  reservationOf,
  writeLimits,
} from './quotas.ts'
export { isSameUrl } from './same-url.ts'
export {
  endWaiting,
  isCleared,
  noteWaiting,
  readVerdict,
  type StoredVerdict,
  type WaitingFile,
  waitingFiles,
  writeVerdict,
} from './scans.ts'
export { keepSentRequest, readSentRequest, type SentRequest, sentRequestKey } from './sent-request.ts'
export { RECORDS_COMPLETE_KEY, type Serving, type ServingFacts, servingOf } from './serving.ts'
export { shownFile } from './shown-file.ts'
export { whyUnaddressable } from './unaddressable.ts'
export { updateRecord } from './update-record.ts'
export {
  type Declared,
  type EntityType,
  RECORDS_PREFIX,
  readRecord,
  recordIdOf,
  recordKey,
  type StoredRecord,
  UPLOAD_STATES,
  type UploadRecord,
  writeRecord,
} from './upload-record.ts'
export { withdrawnMarks } from './withdrawn-mark.ts'
