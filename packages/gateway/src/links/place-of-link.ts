import { NotAllowedError, NotFoundError } from '@ckan-uplink/core'
import type { ActionContext } from '../actions/define-action.ts'
import { requireResource } from '../http/caller.ts'
import { refusal } from '../http/validate.ts'
import type { AskPlugin, CheckedPlace, PlaceQuestion } from './ask-plugin.ts'
import type { UploadLink } from './upload-link.ts'

const CALLER = {
  user: 'You may not change this dataset in CKAN.',
  place: 'CKAN has no such dataset or resource.',
}
const MAKER: typeof CALLER = {
  user: 'This upload link is no longer valid. Ask the sender for a new one.',
  place: 'The place of this upload link no longer exists. Ask the sender for a new one.',
}

/**
 * What CKAN shows of the place of a link. Throws unless the user who made the link may upload there now. The words tell
 * strangers nothing of the user.
 */
export async function requirePlaceOf(
  ask: AskPlugin,
  { created_by_id: user, dataset, resource }: UploadLink,
  create?: PlaceQuestion['create'],
): Promise<CheckedPlace> {
  const place = await requirePlace(ask, { user, dataset, resource, ...(create && { create }) }, MAKER)
  if (place.dataset === dataset) return place
  throw new NotFoundError(MAKER.place)
}

/** What CKAN shows of the place. Throws unless the user may upload there now. */
export async function requirePlace(ask: AskPlugin, question: PlaceQuestion, words = CALLER): Promise<CheckedPlace> {
  const said = await ask(question)
  if (said.allowed) return said
  if (said.reason === 'no_file')
    throw refusal({ resource: ['The data of this resource are in the DataStore, so it takes no file'] })
  if (said.reason === 'refused') throw refusal({ resource: [`CKAN refuses it: ${said.message ?? 'without a reason'}`] })
  throw said.reason === 'user' ? new NotAllowedError(words.user) : new NotFoundError(words.place)
}

/** The ids of the place. The plugin finds nothing by name. */
export async function findPlace(
  { authorizer }: Pick<ActionContext, 'authorizer'>,
  token: string,
  { dataset, resource }: { readonly dataset?: string | undefined; readonly resource?: string | undefined },
): Promise<{ readonly dataset: string; readonly resource?: string }> {
  if ((dataset === undefined) === (resource === undefined))
    throw refusal({ dataset: ['Give either a dataset or a resource'] })
  if (dataset !== undefined) return { dataset: (await authorizer.showDataset(dataset, token)).id }
  const found = await requireResource(authorizer, resource ?? '', token)
  return { dataset: found.datasetId, resource: found.id }
}
