export * from './consume.ts'
export * from './decode-message.ts'
export * from './digest.ts'
export * from './errors.ts'
export * from './excerpt.ts'
export * from './file-name.ts'
export * from './image-content.ts'
export * from './image-keys.ts'
export * from './keys.ts'
export * from './limiter.ts'
export { type LinkDeps, link } from './link/link.ts'
export { type RecordChange, settleRecord } from './link/settle-record.ts'
export * from './linked-url.ts'
export * from './media-types.ts'
export * from './message-reader.ts'
export * from './object-event.ts'
export { type CleanCandidate, findCleanable, removeCleanable } from './operations/clean.ts'
export { inBatches } from './operations/listing.ts'
export { mentionOf, mentionsIn } from './operations/own-url.ts'
export * from './operations/parked.ts'
export {
  type Finding,
  type OperationDeps,
  type ReconcileOptions,
  type ReconcilePosition,
  type ReconcileStep,
  reconcile,
} from './operations/reconcile.ts'
export { reconcileAll } from './operations/reconcile-all.ts'
export { rehearse } from './operations/rehearse.ts'
export * from './operations/replay-parked.ts'
export * from './outcome.ts'
export * from './park.ts'
export * from './ports.ts'
export * from './runtime.ts'
export * from './serving.ts'
export * from './settings.ts'
export * from './token-note.ts'
export * from './upload-record.ts'
