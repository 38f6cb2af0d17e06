import type { Call } from './call.ts'
import { sameJson } from './json.ts'
import type { DatasetRow, ResourceRow } from './state.ts'
import { naive } from './times.ts'

const LOAD_MS = 300
const LOADABLE = ['csv', 'tsv', 'xls', 'xlsx', 'ods']

/** Whether a load of this resource was submitted and hasn't ended. */
export function isPending(call: Call, resourceId: string): boolean {
  const task = call.state.tasks[resourceId]
  return task !== undefined && call.now.getTime() < task.submittedAtMs + LOAD_MS
}

/** When the latest load of this resource was submitted, or ended. */
export function loadUpdated(call: Call, resourceId: string): string {
  const { submittedAtMs = 0 } = call.state.tasks[resourceId] ?? {}
  return naive(new Date(submittedAtMs + (isPending(call, resourceId) ? 0 : LOAD_MS)))
}

/** Submits a load; `false` while one is pending. */
export function submitLoad(call: Call, resourceId: string): boolean {
  if (isPending(call, resourceId)) return false
  call.state.tasks[resourceId] = { submittedAtMs: call.now.getTime() }
  return true
}

/**
 * What xloader does by itself: a known resource whose `url` or `last_modified` changed is submitted, if its format can
 * be loaded.
 */
export function submitChanged(call: Call, before: DatasetRow, after: DatasetRow): void {
  if (!call.extensions.includes('xloader')) return
  for (const resource of after.resources) {
    const known = before.resources.find(({ id }) => id === resource.id)
    if (known !== undefined && isLoadable(resource) && isNewContent(known, resource)) submitLoad(call, resource.id)
  }
}

/** Whether the loader takes a resource of this format and kind. */
export function isLoadable({ state, columns }: ResourceRow): boolean {
  return state === 'active' && LOADABLE.includes(String(columns['format']).toLowerCase()) && columns['url'] !== ''
}

function isNewContent(before: ResourceRow, after: ResourceRow): boolean {
  return ['url', 'last_modified'].some((name) => !sameJson(before.columns[name], after.columns[name]))
}
