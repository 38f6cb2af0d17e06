export type { Addition, Authorizer, Caller, Load } from './authorizer.ts'
export type {
  Catalog,
  Dataset,
  FileOwner,
  FilePlace,
  ImageOwner,
  Resource,
  ResourceChange,
  ResourceFields,
  Revision,
} from './catalog.ts'
export type { Clock } from './clock.ts'
export type { DatasetLister } from './dataset-lister.ts'
export type { DeadLetter, DeadLetters } from './dead-letters.ts'
export type { EventQueue, PostWebhook } from './event-queue.ts'
export type { Logger } from './logger.ts'
export type { MultipartLimits, MultipartSigner, MultipartUpload, UploadedPart } from './multipart-signer.ts'
export type { ObjectCopier } from './object-copier.ts'
export type { ImportTarget, ObjectImporter, PreparedObject, SourceObject } from './object-importer.ts'
export type { ObjectStore, StoredObject } from './object-store.ts'
export type { PlatformScanner, Verdict } from './platform-scanner.ts'
export type { SignedForm, SignedRequest, UploadSigner } from './upload-signer.ts'
