export { actionError, problem, readiness, uploadAnswer, uploadRecord } from './answer-schemas.ts'
export { imageUpload, resourceCreate, resourceUpload, uploadShow } from './request-schemas.ts'
