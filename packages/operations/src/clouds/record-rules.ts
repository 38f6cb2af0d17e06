import { RECORDS_PREFIX } from '@ckan-uplink/core/uploads'
import { type CheckResult, right, wrong } from '../doctor/check.ts'

/** A lifecycle rule that deletes objects after a while. */
export interface DeletingRule {
  readonly name: string
  /** Of keys; `''` for the whole bucket. */
  readonly prefix: string
}

/**
 * Records must outlive the files that they speak for. Earlier releases made a rule that deletes them after a year; it stays in a bucket
 * that was taken over until somebody removes it.
 */
export function judgeRecordRules(rules: readonly DeletingRule[], what_to_do: string): CheckResult {
  const deleting = rules.filter(({ prefix }) => RECORDS_PREFIX.startsWith(prefix) || prefix.startsWith(RECORDS_PREFIX))
  if (deleting.length === 0) return right('no lifecycle rule deletes upload records')
  const names = deleting.map(({ name }) => name).join(', ')
  return wrong(`The lifecycle rule ${names} deletes upload records, by which files are served.`, what_to_do)
}
