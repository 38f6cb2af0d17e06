export {
  ConfigurationError,
  createStoreGuard,
  type ErrorCode,
  MalformedNotificationError,
  messageOf,
  NotAllowedError,
  NotFoundError,
  RefusedError,
  TokenInvalidError,
  UnavailableError,
  UplinkError,
} from './errors.ts'
export { createDeliverer, type DeliverEvent } from './events/deliver-event.ts'
export { createPublisher, type PublishEvent } from './events/publish-event.ts'
export { eventOf, type UploadEvent } from './events/upload-event.ts'
export { createWebhooks, type Webhooks } from './events/webhooks.ts'
export { createDatasetRests, type DatasetRests } from './link/dataset-rests.ts'
export { type LinkDeps, link } from './link/link.ts'
export { consume } from './notifications/consume.ts'
export { readRecords } from './notifications/decode-message.ts'
export { createMessageReader, etagIn, timeIn } from './notifications/message-reader.ts'
export type { Decode, Decoded, Delivery, ObjectEvent } from './notifications/object-event.ts'
export { isFinal, type Outcome } from './notifications/outcome.ts'
export type {
  Addition,
  Authorizer,
  Caller,
  Catalog,
  Clock,
  Dataset,
  EventQueue,
  FileOwner,
  FilePlace,
  ImageOwner,
  Load,
  Logger,
  ObjectStore,
  PostWebhook,
  Resource,
  ResourceChange,
  ResourceFields,
  Revision,
  StoredObject,
} from './ports/index.ts'
export { consoleLogger, systemClock } from './support/runtime.ts'
