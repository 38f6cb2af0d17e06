import type { Connection } from './connect.ts'
import type { Printer } from './printer.ts'

/** What a command works with: CKAN behind the gateway, a place for its results, and when to stop. */
export interface Work extends Connection {
  readonly printer: Printer
  readonly signal: AbortSignal
}

/** Runs one command, whose result is how much of it failed. */
export type RunCommand = (
  options: { readonly gateway?: string; readonly json: boolean },
  command: (work: Work) => Promise<number>,
) => Promise<void>
