import { isConfirmed, toTable } from '@ckan-uplink/cli'
import { dropParked, type ParkedMessage } from '@ckan-uplink/core/operations'
import { type CommandContext, failuresOrStopped } from './command-context.ts'
import { HEAD, type Selection, selectParked, toRow } from './parked-selection.ts'

export interface DropOptions extends Selection {
  readonly yes: boolean
}

/**
 * Removes parked messages permanently, after the operator has confirmed. Returns the number of ids without a message.
 */
export async function dropMessages(
  ids: readonly string[],
  options: DropOptions,
  context: CommandContext,
): Promise<number> {
  const { printer, linkDeps, signal } = context
  let failures = 0
  const noteMissing = (id: string) => {
    failures += 1
    printer.failure({ id, reason: 'There is no such parked message.' }, id)
  }
  const messages: ParkedMessage[] = []
  for await (const message of selectParked(ids, options, context, noteMissing)) messages.push(message)
  if (messages.length > 0 && !options.yes) await confirm(messages)
  for (const { id } of messages) {
    if (signal.aborted) break
    if (await dropParked(linkDeps.store, id)) printer.result({ id, dropped: true }, `${id}  dropped`)
    else noteMissing(id)
  }
  return failuresOrStopped(failures, signal)
}

async function confirm(messages: readonly ParkedMessage[]): Promise<void> {
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
  if (!(await isConfirmed(question))) throw new Error('Stopped. No message was dropped.')
}
