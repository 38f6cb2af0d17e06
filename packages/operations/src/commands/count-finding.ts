import type { Row } from '@ckan-uplink/cli'
import type { Finding } from '@ckan-uplink/core/operations'
import { describeOutcome } from './describe-outcome.ts'

/** Running totals of a reconciliation. */
export interface Tally {
  looked: number
  /** Findings by the word in the first column. */
  readonly counts: Record<string, number>
  /** Findings that still need work: all findings of a dry run, and the findings that `--fix` cannot repair. */
  left: number
}

interface Description {
  readonly what: string
  readonly where: string
  readonly why: string
  /** The run repairs this finding, or a run with `--fix` would. */
  readonly isRepaired: boolean
}

/** Adds a finding to the tally. Returns its row, or `undefined` if there is nothing to show. */
export function countFinding(
  finding: Finding,
  { tally, fix }: { readonly tally: Tally; readonly fix: boolean },
): Row | undefined {
  const { what, where, why, isRepaired } = describe(finding)
  tally.looked += 1
  tally.counts[what] = (tally.counts[what] ?? 0) + 1
  if (HIDDEN.has(what)) return undefined
  // The gateway shows the uploader why an upload is ignored. The operator has nothing to do.
  if (what !== 'ignored' && !(fix && isRepaired)) tally.left += 1
  const words = isRepaired && !fix ? `would be ${what}` : what
  return {
    result: { ...finding, kind: finding.kind.replace('_', '-'), fixed: isRepaired && fix },
    cells: [words, where, why],
  }
}

/** Outcomes of objects that are in order. */
const HIDDEN: ReadonlySet<string> = new Set(['unchanged', 'superseded'])

function describe(finding: Finding): Description {
  switch (finding.kind) {
    case 'object':
      return {
        what: finding.outcome.kind,
        where: finding.event.key,
        why: describeOutcome(finding.outcome),
        isRepaired: finding.outcome.kind === 'linked',
      }
    case 'orphan':
      return { what: 'orphan', where: finding.key, why: finding.reason, isRepaired: false }
    case 'removed':
      return { what: 'removed', where: finding.key, why: finding.reason, isRepaired: true }
    case 'record_removed':
      return { what: 'record removed', where: `upload ${finding.uploadId}`, why: finding.reason, isRepaired: true }
    case 'object_gone':
      return {
        what: 'object gone',
        where: `dataset ${finding.datasetId}, resource ${finding.resourceId}`,
        why: `${finding.reason} ${finding.what_to_do}`,
        isRepaired: false,
      }
    case 'stuck_record':
      return {
        what: finding.state === 'unreadable' ? 'unreadable' : 'expired',
        where: `upload ${finding.uploadId}`,
        why: finding.reason,
        isRepaired: finding.state !== 'unreadable',
      }
  }
}

/** The counts as text, for example `3 linked, 2 orphan`; `nothing` if there are none. */
export function summarize({ counts }: Tally): string {
  const words = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  return words.length === 0 ? 'nothing' : words.join(', ')
}
