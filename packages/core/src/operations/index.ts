export { PARKED_PREFIX, type ParkedMessage, parkEvent, parkedIdFor } from '../notifications/park.ts'
export type { DatasetLister, DeadLetter, DeadLetters } from '../ports/index.ts'
export { type CleanCandidate, findCleanable, removeCleanable } from './clean.ts'
export { collectDeadLetters, countParked, dropParked, listParked, readParked } from './parked.ts'
export {
  type Finding,
  type OperationDeps,
  type ReconcileOptions,
  type ReconcilePosition,
  type ReconcileStep,
  reconcile,
} from './reconcile.ts'
export { reconcileAll } from './reconcile-all.ts'
export { rehearse } from './rehearse.ts'
export { isDone, replayParked } from './replay-parked.ts'
export { createTokenNotes, describeTokenNote, readTokenNote, type TokenNotes } from './token-note.ts'
