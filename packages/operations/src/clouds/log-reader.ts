import type { EnvVars, Needs } from './cloud-access.ts'

/** The programs of a deployment, each with a log of its own. */
export const PROGRAMS = ['gateway', 'linker', 'reconcile'] as const
export type Program = (typeof PROGRAMS)[number]

export interface LogLine {
  /** Unique in the log, so that a line that is read twice is printed once. */
  readonly id: string
  readonly at: Date
  readonly text: string
}

/** `to` is not part of the period. */
export interface Period {
  readonly from: Date
  readonly to: Date
}

/** The logs of a deployment, as an operator's own credentials read them. */
export interface LogReader {
  /** After this time, a line is in the log almost surely. */
  readonly lateByMs: number
  /** The lines of a period, the oldest first. Throws with what to do when the cloud refuses. */
  read(program: Program, period: Period): AsyncIterable<LogLine>
}

/** What every cloud needs to open its logs. */
export interface LogOptions {
  readonly needs: Needs
  readonly env: EnvVars
}
