/** An answer of the Action API that is no success. `status` is 0 if there was no answer. */
export class AnswerError extends Error {
  readonly status: number

  constructor(status: number) {
    super(`The gateway answered ${status}.`)
    this.status = status
  }
}

/** The place that the page sends files to, and the person who sends them. */
export interface Place {
  readonly person: string
  readonly organization: string | undefined
  readonly dataset: { readonly id: string; readonly title: string }
  /** Only if the address names a resource. */
  readonly resource: { readonly id: string; readonly name: string } | undefined
}

interface Person {
  readonly name: string
  readonly display_name?: string | null
}

interface Named {
  readonly id: string
  readonly name?: string | null
  readonly title?: string | null
}

interface Dataset extends Named {
  readonly organization?: Named | null
}

/**
 * Finds a dataset by name or id, or a resource by id. Asks CKAN through the gateway two to four times.
 *
 * @throws AnswerError, with status 401 for a wrong token, and 404 if the person sees no such dataset or resource
 */
export async function findPlace(place: string, token: string): Promise<Place> {
  const user = await findPerson(token)
  const dataset = await askIfFound<Dataset>('package_show', { id: place }, token)
  if (dataset !== undefined) return placeOf(user, dataset, undefined)
  const resource = await ask<Named & { readonly package_id: string }>('resource_show', { id: place }, token)
  return placeOf(user, await ask<Dataset>('package_show', { id: resource.package_id }, token), resource)
}

/** CKAN knows no person with a wrong token: it answers 404 or 403, by its version. */
async function findPerson(token: string): Promise<Person> {
  try {
    return await ask<Person>('user_show', {}, token)
  } catch (error) {
    const isRefusal = error instanceof AnswerError && error.status >= 400 && error.status < 500 && error.status !== 429
    throw isRefusal ? new AnswerError(401) : error
  }
}

function placeOf(user: Person, dataset: Dataset, resource: Named | undefined): Place {
  const { organization } = dataset
  return {
    person: user.display_name ? `${user.display_name} (${user.name})` : user.name,
    organization: organization ? titleOf(organization) : undefined,
    dataset: { id: dataset.id, title: titleOf(dataset) },
    resource: resource && { id: resource.id, name: resource.name || resource.id },
  }
}

function titleOf({ id, name, title }: Named): string {
  return title || name || id
}

async function askIfFound<T>(action: string, params: object, token: string): Promise<T | undefined> {
  try {
    return await ask<T>(action, params, token)
  } catch (error) {
    if (error instanceof AnswerError && error.status === 404) return undefined
    throw error
  }
}

async function ask<T>(action: string, params: object, token: string): Promise<T> {
  const response = await fetch(`/api/3/action/${action}`, {
    method: 'POST',
    headers: { Authorization: token, 'Content-Type': 'application/json' },
    body: JSON.stringify(params),
  }).catch(() => undefined)
  if (!response?.ok) throw new AnswerError(response?.status ?? 0)
  return (await response.json()).result
}
