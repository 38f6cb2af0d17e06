import { isConfirmed, toTable } from '@ckan-uplink/cli'
import { dropParked, type ParkedMessage } from '@ckan-uplink/core/operations'
import { failuresUnlessStopped, type Work } from './context.ts'
import { HEAD, type Selection, select, toRow } from './parked-selection.ts'

export interface DropOptions extends Selection {
  readonly yes: boolean
}

/** Drops parked messages for good, after somebody has agreed to it; gives how many were not there. */
export async function dropMessages(ids: readonly string[], options: DropOptions, work: Work): Promise<number> {
  const { printer, linkDeps, signal } = work
  let failures = 0
  const noteMissing = (id: string) => {
    failures += 1
    printer.failure({ id, reason: 'There is no such parked message.' }, id)
  }
  const messages: ParkedMessage[] = []
  for await (const message of select(ids, options, work, noteMissing)) messages.push(message)
  if (messages.length > 0 && !options.yes) await agree(messages)
  for (const { id } of messages) {
    if (signal.aborted) break
    if (await dropParked(linkDeps.store, id)) printer.result({ id, dropped: true }, `${id}  dropped`)
    else noteMissing(id)
  }
  return failuresUnlessStopped(failures, signal)
}

async function agree(messages: readonly ParkedMessage[]): Promise<void> {
  console.error(
    toTable(
      HEAD,
      messages.map((message) => toRow(message).cells),
    ),
  )
  const question =
    messages.length === 1
      ? 'Drop this message? Its file stays in the bucket.'
      : `Drop these ${messages.length} messages? Their files stay in the bucket.`
  if (!(await isConfirmed(question))) throw new Error('Stopped: nothing was dropped.')
}
