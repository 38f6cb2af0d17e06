import type { Outcome } from '@ckan-uplink/core'

/** The detail of an outcome for one line: URL, later upload, cause or reason. Empty for `unchanged`. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'linked':
      return outcome.url
    case 'superseded':
      return outcome.by
    case 'retry':
      return outcome.cause
    case 'unchanged':
      return ''
    default:
      return outcome.reason
  }
}
