export {
  actionError,
  problem,
  readiness,
  uploadAnswer,
  uploadPage,
  uploadRecord,
  uploadRemoved,
} from './answer-schemas.ts'
export { arrivedParts, signedParts } from './multipart-answer-schemas.ts'
export { uploadSignParts } from './multipart-request-schemas.ts'
export { imageUpload, resourceCreate, resourceUpload, uploadList, uploadRemove, uploadShow } from './request-schemas.ts'
