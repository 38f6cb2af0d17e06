import { buildKey, recordIdOf, recordKey } from '@ckan-uplink/core/uploads'
import type { ModelResource, UrlWrite } from './model-ckan.ts'
import { ownOf, versionOfEtag } from './readings.ts'
import { type Simulation, settings } from './simulation.ts'

/** What the linkers wrote that they may not write, as a sentence each. */
export function historyFaults(simulation: Simulation, { id, history }: ModelResource): string[] {
  const { largeEtags } = simulation
  const faults = history.flatMap((write, index) => paceFault(id, write, history[index - 1]))
  const tooLarge = new Set([...largeEtags].map(versionOfEtag))
  return faults.concat(
    history.flatMap((write, index) => {
      const own = ownOf(write.after)
      if (write.by === 'person') return []
      if (!own) return [`${id}: a linker wrote ${write.after}, which is no own URL.`]
      if (tooLarge.has(own.version)) return [`${id}: ${write.after} shows a file that is too large.`]
      return [
        ...orderFault(id, write, own.uploadId),
        ...unchangedFault(simulation, id, write),
        ...personFault(simulation, id, history.slice(0, index), write),
      ]
    }),
  )
}

/** By the times that CKAN shows: it is written for the same upload once a minute, except by a reconciliation. */
function paceFault(id: string, { actor, before, after, lastModified }: UrlWrite, last: UrlWrite | undefined): string[] {
  const [from, to] = [ownOf(before), ownOf(after)]
  if (!from || !to || from.uploadId !== to.uploadId || !/^linker(?:\d|-drain)/u.test(actor)) return []
  const seconds = (Date.parse(`${lastModified}Z`) - Date.parse(`${last?.lastModified}Z`)) / 1000
  return seconds >= 60 ? [] : [`${id}: ${after} replaced ${before} after ${seconds} s.`]
}

function orderFault(id: string, { before, after }: UrlWrite, uploadId: string | undefined): string[] {
  const replaced = ownOf(before)?.uploadId
  return uploadId !== undefined && replaced !== undefined && replaced > uploadId
    ? [`${id}: the older ${after} replaced ${before}.`]
    : []
}

/** An upload that may replace only what CKAN showed replaces nothing else, also no earlier upload. */
function unchangedFault({ asks }: Simulation, id: string, { before, after }: UrlWrite): string[] {
  const ask = asks.find((one) => one.id === ownOf(after)?.uploadId)
  if (!ask?.onlyIfUnchanged || before === ask.previousUrl || ownOf(before)?.uploadId === ask.id) return []
  return [`${id}: ${after} replaced ${before}, and may replace only ${ask.previousUrl}.`]
}

/**
 * A person's URL stays, unless the upload was asked for after it, or it is an earlier upload and this one has never
 * been linked.
 */
function personFault(
  simulation: Simulation,
  id: string,
  earlier: readonly UrlWrite[],
  { before, after }: UrlWrite,
): string[] {
  const { asks } = simulation
  const ask = asks.find(({ id }) => id === ownOf(after)?.uploadId)
  const person = earlier.findLastIndex(({ by }) => by === 'person')
  const change = earlier[person]
  if (change === undefined || (ask && ask.at > change.at)) return []
  // Both lead to the same object.
  const replaced = ownOf(before)
  if (replaced && replaced.uploadId === ask?.id) return []
  const links = earlier.slice(0, person).filter(({ by }) => by === 'linker')
  const wasLinked = ask
    ? links.some((write) => ownOf(write.after)?.uploadId === ask.id)
    : wasPlainLinked(simulation, id, links, after)
  // Later links lie between the person's change and this one: it is theirs that is replaced. Where the clocks of two
  // gateways differ, an upload that was asked for earlier can have the greater id, and wins once its record was lost.
  const isOutOfOrder = asks.some(({ id, at }) => id === replaced?.uploadId && ask !== undefined && at > ask.at)
  if (person < earlier.length - 1 && (!wasLinked || isOutOfOrder)) return []
  // Changed and changed back: all is as it was when the upload was asked for.
  const isAsAsked = ask?.previousUrl === before && !earlier.some((write) => write.by === 'linker' && write.at > ask.at)
  const isEarlierUpload = ask !== undefined && (ownOf(before)?.uploadId ?? ask.id) < ask.id
  const isPlain = ask === undefined
  return wasLinked || !(isEarlierUpload || isPlain || isAsAsked)
    ? [`${id}: ${after} undid what a person had set, ${change.after}.`]
    : []
}

function wasPlainLinked(simulation: Simulation, id: string, links: readonly UrlWrite[], url: string): boolean {
  const last = links.findLast((write) => ownOf(write.after)?.uploadId === undefined)
  return last?.after === url && !isPutAgain(simulation, id, last)
}

/**
 * Whether a client put a file to the plain key that is not the file of the link: after a linker had claimed the
 * linked content, another content came, and then the linked content again. This is a new upload.
 */
function isPutAgain({ store }: Simulation, resourceId: string, { at, after }: UrlWrite): boolean {
  const version = ownOf(after)?.version
  const record = recordKey(recordIdOf({ kind: 'resource', resourceId }))
  const claim = store.changes.findLast(
    (change) => change.at < at && change.key === record && JSON.parse(change.after).claimed === version,
  )
  const versions = store.puts
    .filter(({ key, at }) => key === buildKey(settings.keyPrefix, { resourceId }) && at > (claim?.at ?? at))
    .map(({ etag }) => versionOfEtag(etag))
  return versions.lastIndexOf(version ?? '') > versions.findIndex((put) => put !== version)
}
