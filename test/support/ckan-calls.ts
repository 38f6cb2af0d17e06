import { setTimeout as sleep } from 'node:timers/promises'
/** A CKAN and the tokens of its users. The stand-in has this form, and so has an entry of `.local/ckan.json`. */
export interface CkanAccess {
  readonly url: string
  /** Its id or name. */
  readonly organization: string
  readonly tokens: Readonly<Record<'admin' | 'editor' | 'member' | 'outsider', string>>
}

type Who = keyof CkanAccess['tokens']

// biome-ignore lint/suspicious/noExplicitAny: tests read single paths of answers and fail if one does not exist
export type Answer = any

export interface OwnDataset {
  readonly id: string
  readonly resources: readonly string[]
}

/** Calls that people make to CKAN. */
export interface CkanCalls {
  /** The result of an action that has to succeed. The editor calls it unless `who` says otherwise. */
  act(action: string, params: object, who?: Who | { readonly token: string }): Promise<Answer>
  /** Creates a dataset of the organization with a unique name and with these resources, or this many. */
  newDataset(resources?: number | readonly object[], fields?: object): Promise<OwnDataset>
  resource(id: string): Promise<Answer>
  dataset(id: string): Promise<Answer>
  /** Purges these datasets, or all that were created. Only real CKANs need it: the stand-in disappears as a whole. */
  purge(ids?: readonly string[]): Promise<void>
}

export function createCkanCalls({ url, organization, tokens }: CkanAccess): CkanCalls {
  const made = new Set<string>()

  async function act(
    action: string,
    params: object,
    who: Who | { readonly token: string } = 'editor',
  ): Promise<Answer> {
    const Authorization = typeof who === 'string' ? tokens[who] : who.token
    const headers = { 'Content-Type': 'application/json', Authorization }
    const response = await fetch(`${url}/api/3/action/${action}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(params),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${action} was answered with ${response.status}: ${text.slice(0, 500)}`)
    return JSON.parse(text).result
  }

  async function newDataset(resources: number | readonly object[] = 1, fields: object = {}): Promise<OwnDataset> {
    const list =
      typeof resources === 'number'
        ? Array.from({ length: resources }, (_, index) => ({ name: `Table ${index}` }))
        : resources
    const params = {
      name: `uplink-${crypto.randomUUID()}`,
      owner_org: organization,
      resources: list.map((resource) => ({ url: '', ...resource })),
      ...fields,
    }
    const dataset = await act('package_create', params, 'admin')
    made.add(dataset.id)
    return { id: dataset.id, resources: dataset.resources.map(({ id }: { readonly id: string }) => id) }
  }

  /** Tries again: CKAN answers 500 while a loader works on a resource. */
  async function purgeDeleted(id: string, tries = 10): Promise<void> {
    try {
      await act('dataset_purge', { id }, 'admin')
    } catch (error) {
      if (tries === 1) throw error
      await sleep(1000)
      await purgeDeleted(id, tries - 1)
    }
  }

  return {
    act,
    newDataset,
    resource: (id) => act('resource_show', { id }, 'admin'),
    dataset: (id) => act('package_show', { id }, 'admin'),
    async purge(ids = [...made]) {
      for (const id of ids) {
        // CKAN answers 500 to a purge of a dataset with collaborators that is not deleted.
        await act('package_delete', { id }, 'admin')
        await purgeDeleted(id)
        made.delete(id)
      }
    },
  }
}

/** The only resource of a dataset. */
export function only({ resources }: OwnDataset): string {
  return resources[0] ?? ''
}
