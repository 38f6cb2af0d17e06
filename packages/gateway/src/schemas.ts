export { actionError, problem, readiness, uploadAnswer, uploadRecord } from './answer-schemas.ts'
export { resourceCreate, resourceUpload, uploadShow } from './request-schemas.ts'
