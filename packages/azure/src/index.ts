export {
  type EnvVars,
  type GatewayConfig,
  type LinkerConfig,
  readGatewayConfig,
  readLinkerConfig,
  type StorageConfig,
  settingNames,
} from './config.ts'
export { createCopier } from './copier.ts'
export { createDeadLetters } from './dead-letters.ts'
export { decode } from './decode.ts'
export { createImporter } from './importer.ts'
export { createMultipartSigner } from './multipart-signer.ts'
export { createFileOpener } from './open-file.ts'
export { createPlatformScanner } from './platform-scanner.ts'
export { createSigner, type SignerOptions } from './signer.ts'
export { accountKeys, delegationKeys, type SigningKey, type SigningKeys } from './signing-keys.ts'
export { connectStorage, type StorageOptions } from './storage-client.ts'
export { createStore } from './store.ts'
export { WEBHOOKS_CONNECTION } from './webhooks.ts'
