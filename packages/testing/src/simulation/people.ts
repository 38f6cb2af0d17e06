import { parseLinkedUrl, recordKey } from '@ckan-uplink/core/uploads'
import type { ModelResource } from './model-ckan.ts'
import type { EditPlan } from './plan.ts'
import { resourceAt, type Simulation, settings, waitTurns } from './simulation.ts'
import { createActor } from './world.ts'

const LONGEST_WAIT = 300

/** Nothing is under way: what a person does now comes after every link. */
function isAtRest({ active, busy, queue }: Simulation): boolean {
  return active === 0 && busy === 0 && queue.waiting() === 0
}

/** Does one thing in CKAN, as a person would meanwhile. */
export async function personEdits(simulation: Simulation, edit: EditPlan, index: number): Promise<void> {
  const { world } = simulation
  await waitTurns(world, edit.after)
  for (let turn = 0; turn < LONGEST_WAIT && edit.kind === 'undo at rest' && !isAtRest(simulation); turn += 1)
    await waitTurns(world, 1)
  await world.call(createActor('person'), edit.kind, () => {
    const resource = resourceAt(simulation, edit.resource)
    if (resource) applyEdit(simulation, resource, edit.kind, index)
  })
}

function applyEdit(simulation: Simulation, resource: ModelResource, kind: EditPlan['kind'], index: number): void {
  const { ckan } = simulation
  if (kind === 'title') resource.title = `title of edit ${index}`
  if (kind === 'field') resource.custom = `custom of edit ${index}`
  if (kind === 'url') ckan.setUrl(resource, `https://people.example/${index}.csv`)
  if (kind === 'undo' || kind === 'undo at rest') undo(simulation, resource)
  if (kind === 'delete') ckan.resources.delete(resource.id)
  if (kind === 'invalidate') resource.isInvalid = true
}

/**
 * Restores the URL before the last change. An earlier upload is put back only at rest: while the later one is
 * still being noted as linked, nothing in CKAN tells a person's step back from an upload that is yet to come.
 */
function undo({ ckan, store, busy }: Simulation, resource: ModelResource): void {
  const last = resource.history.at(-1)
  if (last === undefined) return
  const bytes = store.objects.get(recordKey(parseLinkedUrl(settings, last.after)?.uploadId ?? ''))?.bytes
  const isNoted = bytes !== undefined && JSON.parse(new TextDecoder().decode(bytes)).linked !== undefined
  const own = parseLinkedUrl(settings, last.before)
  if (!own || (isNoted && busy === 0)) ckan.setUrl(resource, last.before)
}
