import type { Action, Sender } from './prepare.ts'
import type { NewResource } from './remove-resource.ts'

/** A page of CKAN with CKAN's plugin: the person is signed in by the session, and no script sees a token. */
export interface CkanSession {
  /** Calls an action of CKAN as this person. */
  readonly action: Action
  /** Gives a grant that sends a file to this resource. Called again before a grant can expire. */
  getGrant(resource: string): Promise<string>
}

/** By grants, one for each resource. CKAN itself makes the resources. */
export interface ByGrants {
  readonly action: Action
  /** Moves the file of this resource, and of no other. */
  senderFor(resource: string): Sender
}

/** Creates a resource without a file for each name, by one call of CKAN. The dataset is its id. */
export async function createResources(
  action: Action,
  dataset: string,
  names: readonly string[],
): Promise<readonly NewResource[]> {
  const resources = names.map((name) => ({ id: crypto.randomUUID(), name, url: '' }))
  await action('package_revise', {
    match: { id: dataset },
    update__resources__extend: resources,
    include: '-*',
  })
  return resources.map(({ id }) => ({ dataset, id }))
}
