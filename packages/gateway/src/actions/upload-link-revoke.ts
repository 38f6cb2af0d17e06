import { NotFoundError } from '@ckan-uplink/core'
import * as v from 'valibot'
import { refusal } from '../http/validate.ts'
import { showLink, shownLink } from '../links/link-fields.ts'
import { requirePlace } from '../links/place-of-link.ts'
import { readLink, writeLink } from '../links/upload-link.ts'
import { defineAction } from './define-action.ts'
import { exampleLink, LINK } from './examples.ts'
import { id } from './fields.ts'

const ATTEMPTS = 5

export const uploadLinkRevoke = defineAction({
  name: 'upload_link_revoke',
  summary: 'Ends an upload link at once, for its creator and for users who may update the dataset',
  description: 'Files that wait for a decision stay. A second call changes nothing.',
  request: v.object({ id: v.pipe(id, v.description('The link.')) }),
  answer: v.strictObject({ link: shownLink }),
  answerDescription: 'The link.',
  example: {
    request: { id: LINK },
    result: { link: { ...exampleLink, state: 'revoked', revoked: { at: '2026-02-02T09:00:00.000Z', by: 'jane' } } },
  },
  errors: [404],
  async run({ askPlugin, store, clock, logger }, caller, { id: linkId }) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stored = await readLink(store, linkId)
      if (stored === undefined) throw new NotFoundError('Upload link was not found.')
      const { link, etag } = stored
      const { dataset } = link
      // Creators may end their own links, even after they have lost the right to use them.
      if (link.created_by_id !== caller.id && attempt === 0) await requirePlace(askPlugin, { user: caller.id, dataset })
      if (link.revoked) return { link: showLink(link, clock.now()) }
      const revoked = { ...link, revoked: { at: clock.now().toISOString(), by: caller.name } }
      if (!(await writeLink(store, { link: revoked, etag }))) continue
      logger.log('info', 'upload_link_revoked', { link: link.id, dataset, by: caller.name })
      return { link: showLink(revoked, clock.now()) }
    }
    throw refusal({ id: ['Files arrive by this link at this moment: try again'] })
  },
})
