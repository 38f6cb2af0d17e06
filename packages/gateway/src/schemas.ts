export { actionError, arrivedParts, problem, readiness, signedParts, uploadAnswer, uploadRecord } from './answer-schemas.ts'
export { resourceCreate, resourceUpload, uploadShow, uploadSignParts } from './request-schemas.ts'
