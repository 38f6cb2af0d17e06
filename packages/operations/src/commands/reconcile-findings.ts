import type { Row } from '@ckan-uplink/cli'
import type { Finding } from '@ckan-uplink/core/operations'
import { detailOf } from './outcome-words.ts'

/** What a run came upon so far. */
export interface Tally {
  looked: number
  /** By the word that the table has for it. */
  readonly counts: Record<string, number>
  /** What is there for somebody: what was found by a dry run, or couldn't be mended. */
  left: number
}

interface Judgement {
  readonly what: string
  readonly where: string
  readonly why: string
  /** Set right, or would be: nothing is left for anybody. */
  readonly isMended: boolean
}

/** Counts a finding; gives the row of one that is worth telling. */
export function judge(
  finding: Finding,
  { tally, fix }: { readonly tally: Tally; readonly fix: boolean },
): Row | undefined {
  const { what, where, why, isMended } = judgementOf(finding)
  tally.looked += 1
  tally.counts[what] = (tally.counts[what] ?? 0) + 1
  if (QUIET.has(what)) return undefined
  // What is ignored for good was told to the uploader already, and is for nobody to mend.
  if (what !== 'ignored' && !(fix && isMended)) tally.left += 1
  const words = isMended && !fix ? `would be ${what}` : what
  return { result: { ...finding, fixed: isMended && fix }, cells: [words, where, why] }
}

/** What is as it should be. */
const QUIET: ReadonlySet<string> = new Set(['unchanged', 'superseded'])

function judgementOf(finding: Finding): Judgement {
  switch (finding.kind) {
    case 'object':
      return {
        what: finding.outcome.kind,
        where: finding.event.key,
        why: detailOf(finding.outcome),
        isMended: finding.outcome.kind === 'linked',
      }
    case 'orphan':
      return { what: 'orphan', where: finding.key, why: finding.reason, isMended: false }
    case 'removed':
      return { what: 'removed', where: finding.key, why: finding.reason, isMended: true }
    case 'record-removed':
      return { what: 'record removed', where: `upload ${finding.uploadId}`, why: finding.reason, isMended: true }
    case 'object-gone':
      return {
        what: 'object gone',
        where: `dataset ${finding.datasetId}, resource ${finding.resourceId}`,
        why: `${finding.reason} ${finding.what_to_do}`,
        isMended: false,
      }
    case 'stuck-record':
      return {
        what: finding.state === 'unreadable' ? 'unreadable' : 'expired',
        where: `upload ${finding.uploadId}`,
        why: finding.reason,
        isMended: finding.state !== 'unreadable',
      }
  }
}

/** `3 linked, 2 orphan`; nothing is told of what there wasn't. */
export function wordsOf({ counts }: Tally): string {
  const words = Object.entries(counts).map(([what, count]) => `${count} ${what}`)
  return words.length === 0 ? 'nothing' : words.join(', ')
}
