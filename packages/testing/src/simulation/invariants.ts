import type { StoredObject } from '@ckan-uplink/core'
import { PARKED_PREFIX } from '@ckan-uplink/core/operations'
import { buildKey, parseFileKey, parseKey, recordIdOf, recordKey, type UploadRecord } from '@ckan-uplink/core/uploads'
import { historyFaults } from './history-faults.ts'
import type { ModelResource, UrlWrite } from './model-ckan.ts'
import { ownOf, recordOf, versionOfEtag } from './readings.ts'
import { REMOVER } from './removals.ts'
import { type Ask, LIMIT, type Simulation, settings } from './simulation.ts'

const UPLOADS_PREFIX = 'uplink/uploads/'

/** Every promise that this run broke, as a sentence each. */
export function faultsOf(simulation: Simulation): string[] {
  const resources = [...simulation.ckan.resources.values()]
  return [
    ...resources.flatMap((resource) => historyFaults(simulation, resource)),
    ...resources.flatMap((resource) => editFaults(simulation, resource)),
    ...resources.filter(({ isInvalid }) => !isInvalid).flatMap((resource) => endFaults(simulation, resource)),
    ...messageFaults(simulation),
    ...recordFaults(simulation),
    ...supersededFaults(simulation),
    ...fileFaults(simulation),
  ]
}

function editFaults({ plan }: Simulation, resource: ModelResource): string[] {
  const expected = (kind: 'title' | 'field', initial: string): string[] => {
    const own = plan.edits.flatMap((edit, index) =>
      edit.kind === kind && `resource-${edit.resource % plan.resources.length}` === resource.id ? [index] : [],
    )
    return own.length === 0 ? [initial] : own.map((index) => `${initial} of edit ${index}`)
  }
  return [
    ...(expected('title', 'title').includes(resource.title) ? [] : [`${resource.id}: the title of a person was lost.`]),
    ...(expected('field', 'custom').includes(resource.custom)
      ? []
      : [`${resource.id}: a custom field of a person was lost.`]),
  ]
}

/** With nothing waiting, the valid upload that was asked for last is linked, in the version that is there. */
function endFaults(simulation: Simulation, resource: ModelResource): string[] {
  const faults: string[] = []
  const shown = ownOf(resource.url)
  const change = resource.history.findLast(({ by }) => by === 'person')
  const isMixed = simulation.plan.uploads.some(
    ({ plain, resource: index }) => plain && `resource-${index % simulation.plan.resources.length}` === resource.id,
  )
  const free = simulation.asks.filter(
    (ask) =>
      ask.resourceId === resource.id &&
      !ask.onlyIfUnchanged &&
      isValid(simulation, ask) &&
      !(change && change.at >= ask.at),
  )
  const last = free
    .map(({ id }) => id)
    .sort()
    .at(-1)
  if (!isMixed && last !== undefined && !(shown?.uploadId !== undefined && shown.uploadId >= last))
    faults.push(`${resource.id}: ${last} is valid and was asked for last, but CKAN shows ${resource.url}.`)
  if (shown && resource.history.at(-1)?.by === 'linker') faults.push(...shownFaults(simulation, resource, shown))
  return faults
}

/** What a reconciliation wrote is in the records after the next one. */
export function reconciledFaults(simulation: Simulation): string[] {
  return [...simulation.ckan.resources.values()].flatMap((resource) => {
    const shown = ownOf(resource.url)
    const isOfReconciliation = resource.history.at(-1)?.actor.startsWith('linker-reconcile') && !resource.isInvalid
    return shown && isOfReconciliation ? shownFaults(simulation, resource, shown, true) : []
  })
}

function isValid({ store }: Simulation, { id, key }: Ask): boolean {
  if (recordOf(store.objects.get(recordKey(id))?.bytes)?.state === 'withdrawn') return false
  return (store.objects.get(key)?.object.size ?? LIMIT + 1) <= LIMIT
}

/** CKAN shows the stored object, and its record agrees. The exception: a bad file replaced a linked one. */
function shownFaults(
  simulation: Simulation,
  resource: ModelResource,
  { uploadId, version }: { readonly uploadId?: string; readonly version: string },
  isNext = false,
): string[] {
  const { store } = simulation
  const ownKey = recordKey(
    recordIdOf({ kind: 'resource', resourceId: resource.id, ...(uploadId !== undefined && { uploadId }) }),
  )
  const record = recordOf(store.objects.get(ownKey)?.bytes)
  const object = store.objects.get(record?.key ?? '')?.object
  if (object !== undefined && object.size > LIMIT) return []
  if (record?.state === 'withdrawn') return withdrawnFaults(simulation, resource, record)
  // No message brings a reconciliation back to what it was cut short in, or was late with: the next reconciliation
  // does.
  const writers = [resource.history.at(-1)?.actor, store.changes.findLast(({ key }) => key === ownKey)?.by]
  if (!isNext && writers.some((writer) => writer?.startsWith('linker-reconcile'))) return []
  const isStale = object !== undefined && versionOfEtag(object.etag) !== version
  return [
    ...(record?.state === 'linked' && record.linked?.version === version
      ? []
      : [
          `${resource.id}: CKAN shows ${resource.url}, but the record says ${record?.state} ${record?.linked?.version}.`,
        ]),
    ...(isStale ? [`${resource.id}: CKAN shows ${resource.url}, but the object has another version by now.`] : []),
    ...(uploadId === undefined || record === undefined ? [] : registrationFaults(simulation, resource, record)),
  ]
}

/** The linked object is a file of CKAN, and belongs to the resource. */
function registrationFaults({ ckan }: Simulation, { id, url }: ModelResource, { key, file }: UploadRecord): string[] {
  const { owner } = ckan.files.get(key.slice(settings.keyPrefix.length)) ?? {}
  return owner === id && file?.step === 'given'
    ? []
    : [`${id}: CKAN shows ${url}, but its file belongs to ${owner}, and the record says ${file?.step}.`]
}

/** Only objects that the linker has linked become files, and only for their own resource. */
function fileFaults({ ckan }: Simulation): string[] {
  return [...ckan.files].flatMap(([location, { owner }]) => {
    const key = parseKey(settings.keyPrefix, settings.keyPrefix + location)
    if (parseFileKey(settings.keyPrefix, settings.keyPrefix + location)) return []
    if (key?.kind !== 'resource') return [`${location} is a file of ${owner}, and no upload of a resource.`]
    const { resourceId, uploadId } = key
    // The history of a deleted resource is gone.
    const history = ckan.resources.get(resourceId)?.history
    const isLinked = history?.some(({ by, after }) => by === 'linker' && ownOf(after)?.uploadId === uploadId) ?? true
    const isOurs = owner === 'service' || owner === resourceId
    return isLinked && isOurs ? [] : [`${location} is a file of ${owner}, and was not linked for it.`]
  })
}

/**
 * A linker that was at work wrote too late to be seen: an operator gets a parked message, unless the linker died
 * before. A reconciliation reports it each night.
 */
function withdrawnFaults(
  { plan, queue }: Simulation,
  { url, history }: ModelResource,
  { id, key }: UploadRecord,
): string[] {
  // The event of the file, or of a call of the linker for it.
  const isTold = queue.answered.some(
    ({ event, outcome }) =>
      (event.key === key || event.key.includes(`/uplink-calls/${id}.`)) && outcome.kind === 'parked',
  )
  const isReported = history.at(-1)?.actor.startsWith('linker-reconcile')
  return isTold || isReported || plan.faults.some(({ kind }) => kind === 'crash')
    ? []
    : [`CKAN shows ${url}, which is withdrawn, and nothing was parked.`]
}

const RANK = {
  issued: 0,
  proposed: 0,
  expired: 1,
  scanning: 2,
  failed: 2,
  superseded: 3,
  aborted: 3,
  linked: 4,
  withdrawn: 5,
}

/**
 * Resources whose URL names another version than its object has, because a person put that URL back, or because a
 * client put the file while a reconciliation wrote the URL. No message comes for them: the next reconciliation follows.
 */
export function staleResources({ ckan, store }: Simulation): readonly ModelResource[] {
  return [...ckan.resources.values()].filter(({ id, url, isInvalid, history }) => {
    const shown = ownOf(url)
    const last = history.at(-1)
    if (!shown || !last || isInvalid) return false
    const { uploadId, version } = shown
    const key = buildKey(settings.keyPrefix, { resourceId: id, ...(uploadId && { uploadId, fileName: 'data.csv' }) })
    const object = store.objects.get(key)?.object
    if (object === undefined || !(last.by === 'person' || isLateReconciliation(last, object))) return false
    if (recordOf(store.objects.get(recordKey(uploadId ?? ''))?.bytes)?.state === 'withdrawn') return false
    return object.size <= LIMIT && versionOfEtag(object.etag) !== version
  })
}

/** Whether the object was put after the reconciliation had read CKAN for this write. */
function isLateReconciliation({ actor, lastModified }: UrlWrite, { modifiedAt }: StoredObject): boolean {
  return actor.startsWith('linker-reconcile') && modifiedAt > new Date(`${lastModified}Z`)
}

/** An upload is superseded only after CKAN was written for a later one. */
function supersededFaults({ store, ckan }: Simulation): string[] {
  return store.changes.flatMap(({ at, key, before, after }) => {
    if (!key.startsWith(UPLOADS_PREFIX)) return []
    const record: UploadRecord = JSON.parse(after)
    if (record.state !== 'superseded' || recordOfText(before)?.state === 'superseded') return []
    const resource = ckan.resources.get(record.entity.id)
    const isBehind = resource?.history.some((write) => {
      const own = write.at <= at ? ownOf(write.after) : undefined
      return own !== undefined && (own.uploadId === undefined || own.uploadId > record.id)
    })
    return isBehind === false ? [`${key} is superseded, but CKAN was not written for a later upload.`] : []
  })
}

function recordOfText(text: string | undefined): UploadRecord | undefined {
  return text === undefined ? undefined : JSON.parse(text)
}

/** Records only move forward. The record of a plain key starts again with each version. */
function recordFaults({ store }: Simulation): string[] {
  return store.changes.flatMap(({ key, by, before, after }) => {
    if (before === undefined || !key.startsWith(UPLOADS_PREFIX)) return []
    const [from, to]: [UploadRecord, UploadRecord] = [JSON.parse(before), JSON.parse(after)]
    // A gateway puts back what it has withdrawn a moment ago.
    if (by.startsWith(REMOVER)) return []
    if (from.claimed !== to.claimed) return []
    const isBack = RANK[to.state] < RANK[from.state]
    return isBack ? [`${key} went from ${from.state} to ${to.state}.`] : []
  })
}

/**
 * No message is lost: the queue is empty at the end, parked messages are in the bucket, and each is parked for a
 * reason.
 */
function messageFaults({ queue, store, ckan, earlyKeys }: Simulation): string[] {
  const parkedObjects = store.changes.filter(({ key }) => key.startsWith(PARKED_PREFIX)).length
  const parked = queue.answered.filter(({ outcome }) => outcome.kind === 'parked')
  const groundless = parked.filter(({ event, outcome }) => {
    if (/was withdrawn by|CKAN still points to it/u.test(JSON.stringify(outcome))) return false
    if (earlyKeys.has(event.key) && JSON.stringify(outcome).includes('The bucket has no object')) return false
    const key = parseKey(settings.keyPrefix, event.key)
    const resource = key?.kind === 'resource' ? ckan.resources.get(key.resourceId) : undefined
    return resource !== undefined && !resource.isInvalid
  })
  return [
    ...(queue.waiting() > 0 ? [`${queue.waiting()} messages never came to an end.`] : []),
    ...(parked.length > 0 && parkedObjects === 0 ? ['A message was parked, but nothing stands in the bucket.'] : []),
    ...groundless.map(({ event, outcome }) => `${event.key} was parked without need: ${JSON.stringify(outcome)}`),
  ]
}
