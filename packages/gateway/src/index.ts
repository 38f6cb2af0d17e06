export type { GatewayDeps } from './deps.ts'
export { createGateway } from './gateway.ts'
export type { RateLimit, RateLimits } from './http/rate-limits.ts'
export type { Upload, UploadAnswer } from './uploads/answers.ts'
