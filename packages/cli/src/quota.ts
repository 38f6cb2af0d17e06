import { toBytesText } from './bytes-text.ts'
import { printRows } from './table.ts'
import type { Work } from './work.ts'

interface Amount {
  readonly bytes: number
  readonly files: number
}

interface Answer {
  readonly organization: string
  readonly limits: { readonly bytes: number | null; readonly files: number | null }
  readonly used: Amount
  readonly counted_at: string | null
  readonly reserved: Amount
}

/** Shows what an organization has, what its open uploads have reserved, and what it may have. */
export async function showQuota(organization: string, { uplink, printer, signal }: Work): Promise<number> {
  const quota = await uplink.action<Answer>('upload_quota', { organization }, { signal })
  const { limits, used, reserved, counted_at } = quota
  if (printer.json) {
    printer.result({ ...quota }, '')
    return 0
  }
  const rowOf = (what: string, amounts: readonly (string | number)[]) => ({
    result: {},
    cells: [what, ...amounts.map(String)],
  })
  const rows = [
    rowOf('bytes', [
      toBytesText(used.bytes),
      toBytesText(reserved.bytes),
      limits.bytes === null ? 'any' : toBytesText(limits.bytes),
    ]),
    rowOf('files', [used.files, reserved.files, limits.files ?? 'any']),
  ]
  await printRows(printer, ['', 'used', 'open', 'limit'], rows)
  console.error(counted_at === null ? 'The files are not counted yet.' : `The files were counted at ${counted_at}.`)
  return 0
}
