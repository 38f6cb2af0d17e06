import type { Connection } from './connect.ts'
import type { Printer } from './printer.ts'

/** The tools of a command: the connection to the gateway, a printer for results, and the signal to stop. */
export interface Work extends Connection {
  readonly printer: Printer
  readonly signal: AbortSignal
}

/** Runs one command, which returns its number of failures. */
export type RunCommand = (
  options: { readonly gateway?: string; readonly json: boolean },
  command: (work: Work) => Promise<number>,
) => Promise<void>
