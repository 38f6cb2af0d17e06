export { replayEvents, sendUnsentEvents } from '../events/replay-events.ts'
export { PARKED_PREFIX, type ParkedMessage, parkEvent, parkedIdFor } from '../notifications/park.ts'
export type {
  DatasetLister,
  DeadLetter,
  DeadLetters,
  ImportTarget,
  ObjectImporter,
  PreparedObject,
  SourceObject,
} from '../ports/index.ts'
export { countQuotas } from './count-quotas.ts'
export { dryRun } from './dry-run.ts'
export type { Finding } from './finding.ts'
export { type MovedLink, moveLinks } from './move-links.ts'
export type { OperationDeps } from './operation-deps.ts'
export { collectDeadLetters, countParked, dropParked, listParked, readParked } from './parked.ts'
export { reconcile } from './reconcile.ts'
export { reconcileAll } from './reconcile-all.ts'
export { readLostFiles } from './reconcile-note.ts'
export type { ReconcileOptions, ReconcilePosition, ReconcileStep } from './reconcile-phase.ts'
export { isDone, replayParked } from './replay-parked.ts'
export { type ScanDeps, scanFile } from './scan-file.ts'
export { type Registered, registerFiles, type ScannedFile, scanFiles } from './scan-files.ts'
export { createTokenNotes, describeTokenNote, readTokenNote, type TokenNote, type TokenNotes } from './token-note.ts'
export { findUnneededFiles, removeUnneededFile, type UnneededFile } from './unneeded-files.ts'
