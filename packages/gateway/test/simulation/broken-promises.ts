import { recordKey } from '@ckan-uplink/core/uploads'
import type { ModelEntry } from './model-dataset.ts'
import type { AnsweredFile } from './send-to-gateway.ts'
import type { Simulation } from './simulate-requests.ts'

/** Every promise of `dataset_upload` that this run broke, as a sentence each. */
export function brokenPromises(simulation: Simulation): readonly string[] {
  return [
    ...lastAnswerFaults(simulation),
    ...sameAnswerFaults(simulation),
    ...datasetFaults(simulation),
    ...nameFaults(simulation),
    ...personFaults(simulation),
  ]
}

/** Without faults, the repeated request gets an upload for each file, or an error with a cause. */
function lastAnswerFaults(simulation: Simulation): readonly string[] {
  const { plan, answers } = simulation
  return [...plan.requests.keys()].flatMap((index) => {
    const last = answers.find((answer) => answer.index === index && answer.attempt === 'last')
    if (last?.status !== 200) return [`Request ${index} was answered with ${last?.status}.`]
    return last.files.flatMap((file) =>
      file.upload === undefined ? errorFaults(simulation, index, file) : uploadFaults(simulation, file),
    )
  })
}

/** The upload that a client gets exists, for a resource of the dataset. */
function uploadFaults({ dataset, store }: Simulation, { resource, upload }: AnsweredFile): readonly string[] {
  const bytes = store.objects.get(recordKey(upload?.id ?? ''))?.bytes
  const record = bytes && JSON.parse(new TextDecoder().decode(bytes))
  const isListed = dataset.entries.some(({ id }) => id === resource?.id)
  return [
    ...(record?.entity.id === resource?.id ? [] : [`Upload ${upload?.id} has a record of ${record?.entity.id}.`]),
    ...(isListed ? [] : [`Upload ${upload?.id} is for ${resource?.id}, which the dataset does not have.`]),
  ]
}

/** An error has a cause in what people did, or in the request itself. */
function errorFaults({ plan, dataset }: Simulation, index: number, { name, error }: AnsweredFile): readonly string[] {
  const text = JSON.stringify(error)
  const sameName = plan.requests[index]?.names.filter((other) => other === name).length ?? 0
  const people = new Set(plan.edits.map(({ kind }) => kind))
  const isMoved = people.has('delete') || people.has('rename') || people.has('add')
  const hasCause =
    (text.includes('was removed from the dataset') && dataset.deleted.size > 0) ||
    (text.includes('Several resources have this name') &&
      dataset.entries.filter((one) => one.name === name).length > 1) ||
    (text.includes('Another file of this request') && (sameName > 1 || isMoved)) ||
    (text.includes('Another resource has this name now') && isMoved)
  return hasCause ? [] : [`Request ${index} got no upload for ${name} without cause: ${text}`]
}

/** All answers to one request name the same resource and the same upload for a file. */
function sameAnswerFaults({ plan, answers }: Simulation): readonly string[] {
  return [...plan.requests.entries()].flatMap(([index, { names }]) =>
    names.flatMap((name, place) => {
      const own = answers.filter((answer) => answer.index === index)
      const given = own.flatMap(({ files }) => {
        const { resource, upload } = files[place] ?? {}
        return upload === undefined ? [] : [`${resource?.id} ${upload.id}`]
      })
      return new Set(given).size > 1 ? [`Request ${index} got several uploads for ${name}: ${given.join(', ')}`] : []
    }),
  )
}

/**
 * The dataset lists each resource once. Clients know each new resource, or got an error: a person may delete the
 * resource of a file while two attempts are under way, and one of them then adds another.
 */
function datasetFaults(simulation: Simulation): readonly string[] {
  const { dataset, answers } = simulation
  const ids = dataset.entries.map(({ id }) => id)
  const known = new Set(answers.flatMap(({ files }) => files.map(({ resource }) => resource?.id)))
  const refused = answers.filter(({ files }) => files.some(({ error }) => error !== undefined))
  const isReported = (by: string) => refused.some(({ index }) => by.startsWith(`gateway of ${index}.`))
  const unknown = dataset.entries.filter(({ id, by }) => by !== 'person' && !known.has(id) && !isReported(by))
  return [
    ...(new Set(ids).size === ids.length ? [] : [`The dataset lists a resource twice: ${ids.join(', ')}`]),
    ...unknown.map(({ id, name }) => `No client knows the resource ${id} of ${name}.`),
    ...dataset.entries
      .filter((entry) => isBack(simulation, entry))
      .map(({ id }) => `${id} is back, though a person deleted it.`),
  ]
}

/**
 * Whether a repeated request brought back what a person had deleted. Before the first answer, a deleted resource
 * looks like a missing resource. So only attempts count that began after an answer.
 */
function isBack({ dataset, answers, startedAt }: Simulation, { id, by }: ModelEntry): boolean {
  const deletedAt = dataset.deleted.get(id)
  const began = startedAt.get(by) ?? 0
  const given = answers.filter(({ files }) => files.some(({ resource }) => resource?.id === id && resource.is_new))
  return deletedAt !== undefined && given.some(({ at }) => at < Math.min(deletedAt, began))
}

/** Requests by name add no resource with a name that the dataset has. The order of the requests does not matter. */
function nameFaults({ plan, dataset }: Simulation): readonly string[] {
  const isPlain = plan.requests.every(({ isByName }) => isByName) && plan.edits.every(({ kind }) => kind === 'title')
  const names = dataset.entries.map(({ name }) => name)
  const twice = names.filter((name) => names.filter((other) => other === name).length > 1)
  const ambiguous = new Set(plan.initial.filter((name, at) => plan.initial.indexOf(name) !== at))
  const faulty = isPlain ? twice.filter((name) => !ambiguous.has(name)) : []
  return faulty.map((name) => `Two resources are named ${name}.`)
}

/** What people wrote stays. */
function personFaults({ plan, dataset }: Simulation): readonly string[] {
  const initial = dataset.entries.filter(({ by }) => by === 'person').length + dataset.deleted.size
  const added = plan.edits.filter(({ kind }) => kind === 'add').length
  return initial >= plan.initial.length + added ? [] : ['A resource of a person is gone.']
}
