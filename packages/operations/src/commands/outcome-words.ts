import type { Outcome } from '@ckan-uplink/core'

/** Why, by what or where to; nothing for what is as it was. */
export function detailOf(outcome: Outcome): string {
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
