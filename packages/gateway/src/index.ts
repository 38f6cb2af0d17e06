export type { Upload, UploadAnswer } from './answer-schemas.ts'
export type { GatewayDeps } from './deps.ts'
export { createGateway } from './gateway.ts'
export { createPrivateCheck } from './readiness.ts'
