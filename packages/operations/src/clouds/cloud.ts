import type { Decode, ObjectStore } from '@ckan-uplink/core'
import type { DeadLetters } from '@ckan-uplink/core/operations'
import type { Check } from '../doctor/check.ts'

/** What is different about a cloud, as an operator's own credentials reach it. Opening asks nobody for anything. */
export interface Cloud {
  readonly store: ObjectStore
  readonly deadLetters: DeadLetters
  readonly decode: Decode
  /** Where a browser puts an object of this key. */
  urlOf(key: string): Promise<string>
  /** What it sends along, without what it sends by itself. */
  readonly uploadHeaders: readonly string[]
  /** Is everything wired as it has to be? */
  readonly checks: readonly Check[]
}

export type Variables = Readonly<Record<string, string | undefined>>

/** Collects what an operator still has to set, one sentence each. */
export interface Needs {
  /** The variable's value; noted as missing, with what it is, where there is none. */
  variable(name: string, what: string): string
  missing(sentence: string): void
}
