export {
  type EnvVars,
  type GatewayConfig,
  type LinkerConfig,
  readGatewayConfig,
  readLinkerConfig,
  settingNames,
} from './config.ts'
export { createCopier } from './copier.ts'
export { createDeadLetters, type DeadLettersOptions, findQueueUrl } from './dead-letters.ts'
export { decode } from './decode.ts'
export { createImporter } from './importer.ts'
export { createMultipartSigner } from './multipart-signer.ts'
export { createFileOpener } from './open-file.ts'
export { createPlatformScanner } from './platform-scanner.ts'
export { createSqsClient } from './postpone.ts'
export { createS3Client } from './s3-client.ts'
export { createSigner, type SignerOptions } from './signer.ts'
export { createStore } from './store.ts'
export type { StoreOptions } from './store-options.ts'
