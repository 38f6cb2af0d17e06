import type { Outcome } from '@ckan-uplink/core'
import { RECORDS_COMPLETE_KEY, recordKey, type UploadRecord } from '@ckan-uplink/core/uploads'
import { IMAGE_SITUATIONS } from './image-situations.ts'
import { BUCKET, MAX_BYTES, type Message, type Place, type Scene, type Ticket } from './scene.ts'

/** The end of a situation: the outcome of its message and the upload's record. */
export interface Ending {
  readonly outcome: Outcome | undefined
  readonly record: UploadRecord | undefined
}

export type Situation = (scene: Scene) => Promise<Ending>

const ELSEWHERE = 'https://data.example.org/theirs.csv'
/** A withdrawal is final after this time. */
const TWO_MINUTES_MS = 120_000

/** The situations in the table of `docs/testing.md`, by their words there. The table says how each ends. */
export const SITUATIONS: Readonly<Record<string, Situation>> = {
  'The file is uploaded to its URL': (scene) => linkAfter(scene),
  'The notification arrives again': async (scene) => {
    const { ticket } = await linked(scene)
    return end(scene, ticket)
  },
  'A later upload of the resource is already linked': async (scene) => {
    const { place, ticket } = await announced(scene)
    const later = await uploaded(scene, place)
    await scene.deliver(later.key)
    return end(scene, ticket)
  },
  'A later upload of the resource is in the same batch': async (scene) => {
    const { place, ticket } = await announced(scene)
    const later = await uploaded(scene, place)
    return end(scene, ticket, ticket.key, later.key)
  },
  'The URL is used again within a minute, with different content': async (scene) => {
    const { ticket } = await linked(scene)
    await scene.put(ticket.key, 'number\n2\n')
    return end(scene, ticket)
  },
  'The URL is used again after a minute, with different content': async (scene) => {
    const { place, ticket } = await linked(scene)
    await scene.act('resource_patch', { id: place.resource, last_modified: '2020-01-01T00:00:00' })
    await scene.put(ticket.key, 'number\n2\n')
    return end(scene, ticket)
  },
  'The title, a custom field or another resource was changed in CKAN meanwhile': (scene) =>
    linkAfter(scene, async ({ dataset, resource }) => {
      await scene.act('package_patch', { id: dataset, title: 'Theirs' })
      await scene.act('resource_patch', { id: resource, name: 'Theirs', custom: 'theirs' })
      await scene.act('resource_create', { package_id: dataset, url: ELSEWHERE })
    }),
  "The resource's URL was changed in CKAN after the request for the upload": (scene) =>
    linkAfter(scene, (place) => pointElsewhere(scene, place)),
  "The resource's URL is changed between the linker's read and its write": async (scene) => {
    const { place, ticket } = await announced(scene)
    scene.reach(before('package_revise', () => pointElsewhere(scene, place)))
    return end(scene, ticket)
  },
  "The resource's URL was changed after the upload was linked, and the notification arrives again": async (scene) => {
    const { place, ticket } = await linked(scene)
    await pointElsewhere(scene, place)
    return end(scene, ticket)
  },
  "resource_create's answer is sent back to resource_patch before its file arrives": (scene) =>
    sendBack(scene, 'resource_patch', 'before'),
  "resource_create's answer is sent back to resource_patch after its file was linked, and the notification comes again":
    (scene) => sendBack(scene, 'resource_patch', 'after'),
  "resource_create's answer is sent back to resource_update before its file arrives": (scene) =>
    sendBack(scene, 'resource_update', 'before'),
  "resource_create's answer is sent back to resource_update after its file was linked, and the notification comes again":
    (scene) => sendBack(scene, 'resource_update', 'after'),
  'The dataset was made private': (scene) =>
    linkAfter(scene, ({ dataset }) => scene.act('package_patch', { id: dataset, private: true })),
  'The dataset was moved to another organization after the request for the upload': (scene) =>
    linkAfter(scene, async ({ dataset }) => {
      await scene.act('package_patch', { id: dataset, owner_org: await scene.newOrganization() }, 'admin')
    }),
  'The dataset was deleted': (scene) => linkAfter(scene, ({ dataset }) => scene.act('package_delete', { id: dataset })),
  'The resource was deleted': (scene) =>
    linkAfter(scene, ({ resource }) => scene.act('resource_delete', { id: resource })),
  "The dataset no longer passes CKAN's own validation": (scene) =>
    linkAfter(scene, ({ dataset }) => scene.spoil(dataset)),
  'The service token is valid but may not edit the dataset': (scene) =>
    linkAfter(scene, () => scene.useToken(scene.tokens.member)),
  'The service token is expired or revoked': (scene) => linkAfter(scene, () => scene.useToken('revoked')),
  'CKAN is unreachable': (scene) =>
    linkAfter(scene, () => scene.reach(() => Promise.reject(new TypeError('fetch failed')))),
  'CKAN answers 500 and writes nothing, as it does while Solr is down': (scene) =>
    linkAfter(scene, () => scene.reach(answerOnly('package_revise', solrIsDown))),
  'A proxy answers for CKAN, with 403 and its own page': (scene) =>
    linkAfter(scene, () => scene.reach(async () => page(403))),
  'CKAN drops the connection after the write': (scene) =>
    linkAfter(scene, () => scene.reach(breakingOffAfter('package_revise'))),
  'The file is larger than allowed': (scene) => linkAfter(scene, undefined, {}, 'x'.repeat(MAX_BYTES + 1)),
  'The file does not have the declared size': (scene) => linkAfter(scene, undefined, { size: 3 }),
  'The file does not have the declared SHA-256': (scene) =>
    linkAfter(scene, undefined, { hash: `sha256:${'0'.repeat(64)}` }),
  "The file's content does not match its name": (scene) =>
    linkAfter(scene, undefined, {}, '<!doctype html><title>Not found</title>'),
  'The upload is a web form with the file in it': (scene) =>
    linkAfter(scene, undefined, {}, '--X\r\nContent-Disposition: form-data; name="file"\r\n\r\nnumber\n1\r\n--X--\r\n'),
  'The upload is a body in chunks': (scene) =>
    linkAfter(scene, undefined, {}, '9\r\nnumber\n1\n\r\n0\r\nx-amz-checksum-crc32:5mLtRA==\r\n\r\n'),
  'The name has no known extension, and the format is declared': (scene) =>
    linkAfter(scene, undefined, { name: 'Budget v1.2', format: 'CSV' }),
  "The file's type is no longer allowed": (scene) => linkAfter(scene, () => scene.allowOnly('application/zip')),
  'The file was removed': async (scene) => {
    const { ticket } = await announced(scene)
    await scene.store.remove(ticket.key)
    return end(scene, ticket, { key: ticket.key, kind: 'removed' })
  },
  'The upload was withdrawn, and its URL is used again': async (scene) => {
    const { place, ticket } = await linked(scene)
    await pointElsewhere(scene, place)
    await scene.withdraw(ticket)
    scene.pass(TWO_MINUTES_MS)
    await scene.put(ticket.key, 'number\n2\n')
    const ending = await end(scene, ticket)
    if (scene.store.keys().includes(ticket.key))
      throw new Error('The file that was uploaded after the withdrawal still exists.')
    return ending
  },
  'The upload was withdrawn less than two minutes ago': async (scene) => {
    const { ticket } = await announced(scene)
    await scene.withdraw(ticket)
    return end(scene, ticket)
  },
  "The upload is withdrawn between the linker's read and its write": async (scene) => {
    const { ticket } = await announced(scene)
    scene.reach(before('package_revise', () => scene.withdraw(ticket)))
    await delivered(scene, ticket, 'retry')
    scene.pass(TWO_MINUTES_MS)
    return end(scene, ticket)
  },
  'The notification arrives during a withdrawal that is undone because CKAN is unreachable': async (scene) => {
    const { ticket } = await announced(scene)
    const isWithdrawn = () => scene.record(ticket.id)?.state === 'withdrawn'
    let meanwhile: readonly Outcome[] = []
    const deliver = async () => {
      meanwhile = await scene.deliver(ticket.key)
    }
    scene.reach(breakingOffWhile(isWithdrawn, 'resource_show', deliver))
    const refusal = await scene.withdraw(ticket).catch(String)
    if (meanwhile[0]?.kind !== 'retry' || isWithdrawn())
      throw new Error(`The withdrawal was not undone: ${JSON.stringify(meanwhile)} ${refusal}`)
    scene.reach(fetch)
    return end(scene, ticket)
  },
  'The record is lost before the first complete reconciliation': (scene) => loseRecord(scene),
  'The record is lost after the first complete reconciliation': async (scene) => {
    await scene.put(RECORDS_COMPLETE_KEY, '{}')
    return loseRecord(scene)
  },
  'The notification arrives but the file does not exist': async (scene) => {
    const ticket = await scene.ask(await scene.newPlace())
    return end(scene, ticket)
  },
  'The file still does not exist at the third attempt': async (scene) => {
    const ticket = await scene.ask(await scene.newPlace())
    return end(scene, ticket, { key: ticket.key, attempt: 3 })
  },
  "The linker would retry, but this is the queue's last attempt": async (scene) => {
    const { ticket } = await announced(scene)
    scene.useToken('revoked')
    return end(scene, ticket, { key: ticket.key, attempt: 101, lastAttempt: true })
  },
  'A file is at a plain key, as older deployments wrote it': async (scene) => {
    const { resource } = await scene.newPlace({ url: ELSEWHERE })
    const key = `resources/api_uploads/${resource}`
    await scene.put(key, 'number\n1\n')
    return end(scene, { id: `plain-${resource}`, key })
  },
  'A file without a record is at a key with an upload id, and the resource has a URL': async (scene) => {
    const { resource } = await scene.newPlace({ url: ELSEWHERE })
    const id = '01890a5d-ac96-774b-bcce-b302099a8057'
    const key = `resources/api_uploads/${resource}/${id}/table.csv`
    await scene.put(key, 'number\n1\n')
    return end(scene, { id, key })
  },
  ...IMAGE_SITUATIONS,
  'The key is below the prefix but names no resource': (scene) =>
    end(scene, { id: 'none', key: 'resources/api_uploads/a/b/c/d' }),
  'The notification is for another bucket or prefix': (scene) =>
    end(scene, { id: 'none', key: 'x' }, { key: 'x', bucket: `not-${BUCKET}` }),
  'The message is not a notification': (scene) => end(scene, { id: 'none', key: 'none' }, { body: 'hello' }),
}

interface Announced {
  readonly place: Place
  readonly ticket: Ticket
}

async function announced(scene: Scene, declared: object = {}, content?: string): Promise<Announced> {
  const place = await scene.newPlace()
  return { place, ticket: await uploaded(scene, place, declared, content) }
}

async function uploaded(scene: Scene, place: Place, declared: object = {}, content = 'number\n1\n'): Promise<Ticket> {
  const ticket = await scene.ask(place, { name: 'table.csv', ...declared })
  await scene.put(ticket.key, content)
  return ticket
}

async function linked(scene: Scene): Promise<Announced> {
  const made = await announced(scene)
  await delivered(scene, made.ticket, 'linked')
  return made
}

async function delivered(scene: Scene, { key }: Ticket, expected: Outcome['kind']): Promise<void> {
  const [outcome] = await scene.deliver(key)
  if (outcome?.kind !== expected) throw new Error(`The upload is not ${expected}: ${JSON.stringify(outcome)}`)
}

/** Readers can download the file at any time. */
async function loseRecord(scene: Scene): Promise<Ending> {
  const { place, ticket } = await linked(scene)
  await scene.store.remove(recordKey(ticket.id))
  const status = await scene.download(place)
  if (status !== 302) throw new Error(`The gateway answered ${status} for a file that CKAN shows.`)
  return end(scene, ticket)
}

/** Runs `happen` between an upload and its notification. */
async function linkAfter(
  scene: Scene,
  happen?: (place: Place) => unknown,
  declared?: object,
  content?: string,
): Promise<Ending> {
  const { place, ticket } = await announced(scene, declared, content)
  await happen?.(place)
  return end(scene, ticket)
}

async function end(scene: Scene, ticket: Ticket, ...messages: readonly Message[]): Promise<Ending> {
  const [outcome] = await scene.deliver(...(messages.length > 0 ? messages : [ticket.key]))
  return { outcome, record: scene.record(ticket.id) }
}

/** A caller changes the description in what `resource_create` returned, and sends all of it. */
async function sendBack(scene: Scene, action: string, when: 'before' | 'after'): Promise<Ending> {
  const { dataset } = await scene.newPlace()
  const created = await scene.callGateway('resource_create', { package_id: dataset, name: 'table.csv' })
  const { upload } = created
  await scene.put(upload.key, 'number\n1\n')
  if (when === 'after') await delivered(scene, upload, 'linked')
  await scene.callGateway(action, { ...created, description: 'Changed' })
  return end(scene, upload)
}

function pointElsewhere(scene: Scene, { resource }: Place): Promise<unknown> {
  return scene.act('resource_patch', { id: resource, url: ELSEWHERE })
}

function isCallOf(action: string, input: unknown): boolean {
  return String(input).endsWith(`/${action}`)
}

/** A `fetch` that runs the task once, right before the first call of the action. */
function before(action: string, task: () => Promise<unknown>): typeof fetch {
  let isDone = false
  return async (input, init) => {
    if (isCallOf(action, input) && !isDone) {
      isDone = true
      await task()
    }
    return fetch(input, init)
  }
}

function answerOnly(action: string, answer: () => Response): typeof fetch {
  return async (input, init) => (isCallOf(action, input) ? answer() : fetch(input, init))
}

function breakingOffAfter(action: string): typeof fetch {
  let isDone = false
  return async (input, init) => {
    const response = await fetch(input, init)
    if (!isCallOf(action, input) || isDone) return response
    isDone = true
    throw new TypeError('fetch failed')
  }
}

/** A `fetch` that runs the task once, and then fails for the action while `isSo()`. */
function breakingOffWhile(isSo: () => boolean, action: string, task: () => Promise<unknown>): typeof fetch {
  let isDone = false
  return async (input, init) => {
    if (!isCallOf(action, input) || !isSo()) return fetch(input, init)
    if (!isDone) {
      isDone = true
      await task()
    }
    throw new TypeError('fetch failed')
  }
}

function solrIsDown(): Response {
  const error = { __type: 'Search Index Error', message: 'Unable to add package to search index' }
  return Response.json({ success: false, error }, { status: 500 })
}

function page(status: number): Response {
  return new Response('<h1>Forbidden</h1>', { status, headers: { 'Content-Type': 'text/html' } })
}
