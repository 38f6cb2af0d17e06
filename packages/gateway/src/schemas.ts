export { actionError, problem, readiness, uploadAnswer, uploadRecord } from './answer-schemas.ts'
export { arrivedParts, signedParts, uploadSignParts } from './multipart-schemas.ts'
export { resourceCreate, resourceUpload, uploadShow } from './request-schemas.ts'
