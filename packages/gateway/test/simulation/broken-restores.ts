import { RECORDS_PREFIX, recordKey } from '@ckan-uplink/core/uploads'
import { ownOf, recordOf, type Simulation, versionOfEtag } from '@ckan-uplink/testing/simulation'
import type { Restored } from './user-restores.ts'

/** Every promise of `resource_restore` that this run broke, as a sentence each. */
export function brokenRestores(simulation: Simulation, restored: readonly Restored[]): readonly string[] {
  return restored.flatMap((one) => [
    ...answerFaults(simulation, one),
    ...contentFaults(simulation, one),
    ...withdrawalFaults(simulation, one),
  ])
}

/** A user with an answer has an upload whose file is there, or was withdrawn. */
function answerFaults({ store }: Simulation, { id, sourceId, answeredAt }: Restored): readonly string[] {
  if (answeredAt === undefined) return []
  const record = id === undefined ? undefined : recordOf(store.objects.get(recordKey(id))?.bytes)
  return record?.restored_from === sourceId && (record.state === 'withdrawn' || store.objects.has(record.key))
    ? []
    : [`The restoration of ${sourceId} was answered, but its copy ${id} is not there.`]
}

/** The copy is a file that CKAN has shown for the source. */
function contentFaults({ ckan, store, asks }: Simulation, { id, sourceId }: Restored): readonly string[] {
  const ask = asks.find((one) => one.id === id)
  const copy = ask && store.objects.get(ask.key)?.object
  // The history of a deleted resource is gone.
  const history = ask && ckan.resources.get(ask.resourceId)?.history
  if (copy === undefined || history === undefined) return []
  const shown = history.map(({ after }) => ownOf(after)).filter((own) => own?.uploadId === sourceId)
  return shown.some((own) => own?.version === versionOfEtag(copy.etag))
    ? []
    : [`${id} has the content ${copy.etag}, which CKAN never showed for ${sourceId}.`]
}

/**
 * If the source was withdrawn before the copy, the copy is withdrawn with the answer at the latest, unless a linker
 * wrote its record before.
 */
function withdrawalFaults({ store, asks }: Simulation, { id, sourceId, answeredAt }: Restored): readonly string[] {
  const ask = asks.find((one) => one.id === id)
  const copiedAt = store.puts.find(({ key }) => key === ask?.key)?.at
  const isWithdrawn = (recordId: string): boolean =>
    recordOf(store.objects.get(recordKey(recordId))?.bytes)?.state === 'withdrawn'
  if (ask === undefined || copiedAt === undefined || answeredAt === undefined || !isWithdrawn(sourceId)) return []
  const withdrawnAt = store.changes.findLast(
    ({ key, after }) => key === recordKey(sourceId) && JSON.parse(after).state === 'withdrawn',
  )?.at
  if (withdrawnAt === undefined || withdrawnAt >= copiedAt || isWithdrawn(ask.id)) return []
  const isLinkerFirst = store.changes.some(
    ({ key, by, at }) => key === `${RECORDS_PREFIX}${ask.id}.json` && by.startsWith('linker') && at <= answeredAt,
  )
  return isLinkerFirst ? [] : [`${ask.id} stays, but its source ${sourceId} was withdrawn before the copy.`]
}
