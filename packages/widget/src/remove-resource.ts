import type { Action } from './prepare.ts'

/** A resource that the component has created for a file. */
export interface NewResource {
  readonly dataset: string
  readonly id: string
}

/**
 * Removes a new resource whose file was cancelled, by one call of CKAN. CKAN refuses if the resource has a URL by now:
 * its file has arrived after all, or a person has set a link. Then the resource stays, and so it does after any other
 * failure, since a cancelled file owes the person no error.
 */
export async function removeResource(action: Action, { dataset, id }: NewResource): Promise<void> {
  const params = {
    match: { id: dataset },
    [`match__resources__${id}__url`]: '',
    filter: [`-resources__${id}`],
    include: '-*',
  }
  await action('package_revise', params).catch(() => {})
}
