import { hasArrived, type Transfer, type Transfers } from '@ckan-uplink/widget/transfers'
import type { Report } from './report.ts'

/** A file of Uppy on its way to CKAN. */
export interface Entry {
  readonly transfers: Transfers
  readonly report: Report
  /** The browser's list of unfinished uploads is read before there is one. */
  transfer?: Transfer
  /** Ends the attempt for Uppy. */
  end: () => void
}

/** Waits until the file is in CKAN, has failed or was removed. */
export function untilOver(entry: Entry): Promise<void> {
  return new Promise((resolve) => {
    entry.end = resolve
  })
}

export async function change(entry: Entry, transfer: Transfer): Promise<void> {
  entry.transfer = transfer
  if (await entry.report.change(transfer)) entry.end()
}

export function showProgress({ transfer, report }: Entry): void {
  if (transfer?.state === 'sending') report.progress(transfer)
}

export function pause({ transfers, transfer }: Entry): void {
  if (transfer !== undefined) transfers.pause(transfer)
}

export function resume({ transfers, transfer }: Entry): void {
  if (transfer?.state === 'paused') transfers.resume(transfer)
}

/** A file that has arrived stays in CKAN. */
export function cancel({ transfers, transfer, end }: Entry): void {
  if (transfer !== undefined && !hasArrived(transfer)) void transfers.cancel(transfer)
  end()
}

/** A file that failed keeps the resource that was made for it, and the parts that have arrived. */
export async function tryAgain(entry: Entry): Promise<void> {
  const { transfers, transfer } = entry
  if (transfer?.state !== 'failed') return
  const over = untilOver(entry)
  transfers.resume(transfer)
  await over
}
