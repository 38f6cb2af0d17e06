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
export { type LinkDeps, link } from './link/link.ts'
export { consume } from './notifications/consume.ts'
export { readRecords } from './notifications/decode-message.ts'
export { createMessageReader, timeIn } from './notifications/message-reader.ts'
export type { Decode, Decoded, Delivery, ObjectEvent } from './notifications/object-event.ts'
export { isFinal, type Outcome } from './notifications/outcome.ts'
export type {
  Addition,
  Authorizer,
  Caller,
  Catalog,
  Clock,
  Dataset,
  FilePlace,
  ImageOwner,
  Load,
  Logger,
  ObjectStore,
  Resource,
  ResourceChange,
  ResourceFields,
  Revision,
  StoredObject,
} from './ports/index.ts'
export { consoleLogger, systemClock } from './support/runtime.ts'
