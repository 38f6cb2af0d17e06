import { RECORDS_PREFIX } from '@ckan-uplink/core/uploads'
import { type CheckResult, right, wrong } from '../doctor/check.ts'

/** A lifecycle rule that deletes objects after some time. */
export interface DeletingRule {
  readonly name: string
  /** The prefix of the keys; `''` for the whole bucket. */
  readonly prefix: string
}

/**
 * Records must exist longer than their files. Earlier releases created a rule that deletes records after a year. In an
 * existing bucket, it stays until an operator removes it.
 */
export function judgeRecordRules(rules: readonly DeletingRule[], what_to_do: string): CheckResult {
  const deleting = rules.filter(({ prefix }) => RECORDS_PREFIX.startsWith(prefix) || prefix.startsWith(RECORDS_PREFIX))
  if (deleting.length === 0) return right('no lifecycle rule deletes upload records')
  const names = deleting.map(({ name }) => name).join(', ')
  return wrong(
    `The lifecycle rule ${names} deletes upload records, which the gateway needs to serve files.`,
    what_to_do,
  )
}
