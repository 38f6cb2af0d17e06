export type { Upload, UploadAnswer } from './answer-schemas.ts'
export type { GatewayDeps } from './deps.ts'
export { createGateway } from './gateway.ts'
export type { RateLimit, RateLimits } from './rate-limits.ts'
