/** The result of one object event. */
export type Outcome =
  | { readonly kind: 'linked'; readonly url: string }
  /** CKAN already shows this version; the linker wrote nothing there. */
  | { readonly kind: 'unchanged' }
  /** A later upload is linked. */
  | { readonly kind: 'superseded'; readonly by: string }
  /** `isLost`: CKAN showed this file before, and the resource has no URL now. A person may have wanted that. */
  | { readonly kind: 'ignored'; readonly reason: string; readonly isLost?: true }
  /** The file is held. The linker is called again when it is released. */
  | { readonly kind: 'waiting'; readonly reason: string }
  /** The queue has to deliver the message again, at the earliest in `afterSeconds`. */
  | { readonly kind: 'retry'; readonly afterSeconds: number; readonly cause: string }
  /**
   * A listing found the object, but its resource or owner does not exist in CKAN or is deleted there. Nothing was
   * written.
   */
  | { readonly kind: 'orphaned'; readonly reason: string }
  /** The message is stored below `uplink/parked/`. An operator sees it there and can replay it. */
  | { readonly kind: 'parked'; readonly reason: string }

/** Whether a message with this outcome may be acknowledged. */
export function isFinal(outcome: Outcome): boolean {
  return outcome.kind !== 'retry'
}
