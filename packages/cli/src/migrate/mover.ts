import type { Work } from '../work.ts'
import type { Choice } from './choose-files.ts'
import type { Portal } from './portal.ts'
import type { Staging } from './staging.ts'

type Printed = Readonly<Record<string, unknown>>

/** The tools of a move. */
export interface Mover {
  readonly portal: Portal
  readonly choice: Choice
  readonly staging: Staging
  /** The path of the journal. */
  readonly journal: string
  /** In seconds. */
  readonly timeout: number
  readonly work: Work
  readonly onMoved: (bytes: number) => void
  readonly onFailure: (result: Printed & { readonly reason: string }, words: string) => void
  readonly onDone: (result: Printed, words: string) => void
}
