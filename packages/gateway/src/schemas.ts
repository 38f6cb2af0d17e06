export { actionError, problem, readiness, uploadAnswer, uploadPage, uploadRecord } from './answer-schemas.ts'
export { resourceCreate, resourceUpload, uploadList, uploadShow } from './request-schemas.ts'
