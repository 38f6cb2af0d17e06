import { type Row, UsageError } from '@ckan-uplink/cli'
import { listParked, type ParkedMessage, readParked } from '@ckan-uplink/core/operations'
import { uploadKeyOf } from '@ckan-uplink/core/uploads'
import type { Command } from 'commander'
import { addCommonOptions, type CommandContext, type CommonOptions } from './command-context.ts'

/** The options that select parked messages. Without ids, a message has to match all of them. */
export interface Selection extends CommonOptions {
  readonly all: boolean
  readonly reason?: string
  readonly resource?: string
}

export function addSelectionOptions(command: Command): Command {
  return addCommonOptions(command)
    .argument('[id...]', 'ids of parked messages')
    .option('--all', 'all messages', false)
    .option('--reason <text>', 'messages whose reason contains this text')
    .option('--resource <id>', 'messages about this resource')
}

/** Throws `UsageError` unless there are either ids or options. */
export function checkSelection(ids: readonly string[], { all, reason, resource }: Selection): void {
  const hasOptions = all || reason !== undefined || resource !== undefined
  if (ids.length > 0 === hasOptions)
    throw new UsageError('Give either the ids of parked messages, or --all, --reason or --resource.')
}

/** Streams the selected messages. Calls `missing` for each id without a message. */
export async function* selectParked(
  ids: readonly string[],
  { reason, resource }: Selection,
  { linkDeps: { store, settings }, signal }: CommandContext,
  missing: (id: string) => void,
): AsyncGenerator<ParkedMessage> {
  const matches = (message: ParkedMessage) =>
    message.reason.toLowerCase().includes((reason ?? '').toLowerCase()) &&
    (resource === undefined || resourceOf(settings.keyPrefix, message) === resource)
  for (const id of ids) {
    const message = await readParked(store, id)
    if (message === undefined) missing(id)
    else yield message
  }
  if (ids.length > 0) return
  for await (const message of listParked(store)) {
    if (signal.aborted) return
    if (matches(message)) yield message
  }
}

function resourceOf(keyPrefix: string, { event }: ParkedMessage): string | undefined {
  const parsed = event && uploadKeyOf(keyPrefix, event.key)
  return parsed?.kind === 'resource' ? parsed.resourceId : undefined
}

export const HEAD = ['id', 'parked', 'key', 'reason'] as const

export function toRow(message: ParkedMessage): Row {
  const { id, parked_at, event, body = '', reason } = message
  return {
    result: { ...message },
    cells: [id, parked_at.slice(0, 16).replace('T', ' '), event?.key ?? `no event: ${body.slice(0, 60)}`, reason],
  }
}
