/** The CKAN under test, real or stand-in: its address and tokens. */
export interface CkanSubject {
  readonly version: '2.10' | '2.11' | '2.12'
  /** Without a slash at the end. */
  readonly url: string
  /**
   * The id or name of an organization with an editor and a member; the admin is a sysadmin, the outsider in no
   * organization.
   */
  readonly organization: string
  readonly tokens: {
    readonly admin: string
    readonly editor: string
    readonly member: string
    readonly outsider: string
  }
  /** Whether it runs ckanext-xloader. */
  readonly xloader?: boolean
  /** Its files API, if it has one. */
  readonly files?: FilesOfCkan
  close(): Promise<void>
}

/** The files API of a CKAN with a storage `default`. */
export interface FilesOfCkan {
  readonly api: 'extension' | 'core'
  /** Puts an object into the storage, without CKAN. */
  put(location: string, content: string): Promise<void>
}

/** Whose token is sent; `anonymous` sends none. */
export type Who = keyof CkanSubject['tokens'] | 'anonymous'

// biome-ignore lint/suspicious/noExplicitAny: tests read single paths of answers and fail if one does not exist
export type Answer = any

interface Reply {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  /** The body as JSON; `undefined` when it isn't. */
  readonly body: Answer
}

/** A dataset that a test made for itself. */
export interface OwnDataset {
  readonly id: string
  readonly name: string
  readonly resourceIds: readonly string[]
}

export interface CkanApi extends CkanSubject {
  /** Posts JSON to an action, as the editor unless told otherwise. */
  call(action: string, params: object, who?: Who): Promise<Reply>
  /** The result of an action that has to succeed. */
  result(action: string, params: object, who?: Who): Promise<Answer>
  /** Any request. */
  send(path: string, init?: RequestInit): Promise<Reply>
  /** Makes a dataset of the organization, with a unique name. */
  newDataset(resources?: readonly object[], fields?: object): Promise<OwnDataset>
  resource(id: string): Promise<Answer>
  dataset(id: string): Promise<Answer>
}

/** The calls that the suites are made of. */
export function createCkanApi(subject: CkanSubject): CkanApi {
  async function send(path: string, init: RequestInit = {}): Promise<Reply> {
    const response = await fetch(`${subject.url}${path}`, { redirect: 'manual', ...init })
    const text = await response.text()
    return { status: response.status, text, headers: response.headers, body: parse(text) }
  }

  function call(action: string, params: object, who: Who = 'editor'): Promise<Reply> {
    const token = who === 'anonymous' ? undefined : subject.tokens[who]
    const headers = { 'Content-Type': 'application/json', ...(token !== undefined && { Authorization: token }) }
    return send(`/api/3/action/${action}`, { method: 'POST', headers, body: JSON.stringify(params) })
  }

  async function result(action: string, params: object, who: Who = 'editor'): Promise<Answer> {
    const { status, text, body } = await call(action, params, who)
    if (status !== 200) throw new Error(`${action} as ${who} answered ${status}: ${text.slice(0, 500)}`)
    return body.result
  }

  async function newDataset(resources: readonly object[] = [{}], fields: object = {}): Promise<OwnDataset> {
    const name = `contract-${crypto.randomUUID()}`
    // CKAN drops a resource that has no field at all.
    const params = {
      name,
      owner_org: subject.organization,
      resources: resources.map((resource) => ({ url: '', ...resource })),
      ...fields,
    }
    const dataset = await result('package_create', params, 'admin')
    return { id: dataset.id, name, resourceIds: dataset.resources.map((resource: { id: string }) => resource.id) }
  }

  return {
    ...subject,
    send,
    call,
    result,
    newDataset,
    resource: (id) => result('resource_show', { id }, 'admin'),
    dataset: (id) => result('package_show', { id }, 'admin'),
  }
}

/** The only resource of a dataset made with one. */
export function only({ resourceIds }: OwnDataset): string {
  return resourceIds[0] ?? ''
}

/**
 * A dataset or resource without the times that CKAN sets: some plugins change them even for resources without a write.
 */
export function withoutTimes({ metadata_modified: _, ...shown }: Answer): Answer {
  return { ...shown, ...(Array.isArray(shown.resources) && { resources: shown.resources.map(withoutTimes) }) }
}

function parse(text: string): Answer {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
