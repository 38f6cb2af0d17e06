export {
  type EnvVars,
  type GatewayConfig,
  type LinkerConfig,
  readGatewayConfig,
  readLinkerConfig,
  settingNames,
  TOKEN_CRON,
} from './config.ts'
export { createCopier } from './copier.ts'
export { createDeadLetters, type DeadLettersOptions } from './dead-letters.ts'
export { decode } from './decode.ts'
export { COMPATIBILITY_DATE, CONSUMER, WEBHOOKS_CONSUMER } from './figures.ts'
export { createMultipartSigner } from './multipart-signer.ts'
export type { R2Bucket, R2Object } from './r2-binding.ts'
export { createSigner, type SignerOptions } from './signer.ts'
export { STATIC_FILES_BINDING, STATIC_FILES_ROUTING } from './static-files.ts'
export { createStore } from './store.ts'
export { WEBHOOKS_BINDING, WEBHOOKS_QUEUE_SUFFIX } from './webhooks.ts'
