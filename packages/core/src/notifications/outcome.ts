/** What became of one object event. */
export type Outcome =
  | { readonly kind: 'linked'; readonly url: string }
  /** CKAN already shows the truth; nothing was written there. */
  | { readonly kind: 'unchanged' }
  /** A later upload is linked. */
  | { readonly kind: 'superseded'; readonly by: string }
  | { readonly kind: 'ignored'; readonly reason: string }
  /** To be delivered again, no sooner than `afterSeconds` from now. */
  | { readonly kind: 'retry'; readonly afterSeconds: number; readonly cause: string }
  /** Found in a listing, and what it is for isn't in CKAN, or deleted there: nothing was written. */
  | { readonly kind: 'orphaned'; readonly reason: string }
  /** Final for now: written below `uplink/parked/`, where an operator sees it and can replay it. */
  | { readonly kind: 'parked'; readonly reason: string }

/** Whether a message with this outcome may be acknowledged. */
export function isFinal(outcome: Outcome): boolean {
  return outcome.kind !== 'retry'
}
