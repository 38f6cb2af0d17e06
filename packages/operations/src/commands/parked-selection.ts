import { type Row, UsageError } from '@ckan-uplink/cli'
import { listParked, type ParkedMessage, readParked } from '@ckan-uplink/core/operations'
import { parseUploadKey } from '@ckan-uplink/core/uploads'
import type { Command } from 'commander'
import { type CommonOptions, common, type Work } from './context.ts'

/** Which of the parked messages are meant: those that are named, or all that fit. */
export interface Selection extends CommonOptions {
  readonly all: boolean
  readonly reason?: string
  readonly resource?: string
}

export function selection(command: Command): Command {
  return common(command)
    .argument('[id...]', 'of parked messages')
    .option('--all', 'all of them', false)
    .option('--reason <text>', 'those in whose reason this stands')
    .option('--resource <id>', 'those of this resource')
}

/** Throws `UsageError` unless it is clear which are meant. */
export function checkSelection(ids: readonly string[], { all, reason, resource }: Selection): void {
  const describes = all || reason !== undefined || resource !== undefined
  if (ids.length > 0 === describes)
    throw new UsageError('Give either the ids of parked messages, or --all, --reason or --resource.')
}

/** Streams those that are meant; `missing` is told of an id that there is not. */
export async function* select(
  ids: readonly string[],
  { reason, resource }: Selection,
  { linkDeps: { store, settings }, signal }: Work,
  missing: (id: string) => void,
): AsyncGenerator<ParkedMessage> {
  const isMeant = (message: ParkedMessage) =>
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
    if (isMeant(message)) yield message
  }
}

function resourceOf(keyPrefix: string, { event }: ParkedMessage): string | undefined {
  const parsed = event && parseUploadKey(keyPrefix, event.key)
  return typeof parsed === 'object' && 'resourceId' in parsed ? parsed.resourceId : undefined
}

export const HEAD = ['id', 'parked', 'key', 'reason'] as const

export function toRow(message: ParkedMessage): Row {
  const { id, parked_at, event, body = '', reason } = message
  return {
    result: { ...message },
    cells: [id, parked_at.slice(0, 16).replace('T', ' '), event?.key ?? `no event: ${body.slice(0, 60)}`, reason],
  }
}
