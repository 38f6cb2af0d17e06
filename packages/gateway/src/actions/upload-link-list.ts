import * as v from 'valibot'
import { showLink, shownLink } from '../links/link-fields.ts'
import { requirePlace } from '../links/place-of-link.ts'
import { linksOf } from '../links/upload-link.ts'
import { defineAction } from './define-action.ts'
import { exampleLink } from './examples.ts'
import { id } from './fields.ts'

/** More than `upload_link_create` makes, as some are made at the same time. */
const MOST = 600

export const uploadLinkList = defineAction({
  name: 'upload_link_list',
  summary: 'Lists the upload links of a dataset and of its resources, to users who may update the dataset',
  request: v.object({ dataset: v.pipe(id, v.description('The id or the name of the dataset.')) }),
  answer: v.strictObject({ links: v.array(shownLink) }),
  answerDescription: 'The links without their secrets.',
  example: { request: { dataset: 'city-budget' }, result: { links: [exampleLink] } },
  errors: [404],
  async run({ authorizer, askPlugin, store, clock }, caller, { dataset }) {
    const { id: datasetId } = await authorizer.showDataset(dataset, caller.token)
    await requirePlace(askPlugin, { user: caller.id, dataset: datasetId })
    const links = await linksOf(store, datasetId, MOST)
    return { links: links.map((link) => showLink(link, clock.now())) }
  },
})
