import * as v from 'valibot'
import { named } from '../http/named.ts'
import { requirePlaceOf } from '../links/place-of-link.ts'
import { requireLink } from '../links/require-link.ts'
import { time } from '../uploads/answers.ts'
import { defineAction } from './define-action.ts'
import { LINK } from './examples.ts'
import { id } from './fields.ts'

/** Nothing in the answer names a user. */
export const uploadLinkShow = defineAction({
  name: 'upload_link_show',
  summary: 'Shows the place of an upload link to people who have the link',
  description: 'The header `Authorization` has `uplink-link-` and the fragment of the address in place of a token.',
  request: v.object({ id: v.pipe(id, v.description('The link.')) }),
  answer: named(
    'PlaceOfLink',
    v.strictObject({
      id: v.string(),
      title: v.pipe(v.string(), v.description('The title of the dataset.')),
      resource: v.optional(v.pipe(v.string(), v.description('The name of the resource whose file is replaced.'))),
      note: v.optional(v.string()),
      publish: v.boolean(),
      expires_at: time,
      files_left: v.number(),
      bytes_left: v.number(),
    }),
  ),
  answerDescription: 'The place, and what the link still takes.',
  example: {
    request: { id: LINK },
    result: {
      id: LINK,
      title: 'City budget',
      publish: false,
      expires_at: '2026-02-07T11:00:00.000Z',
      files_left: 4,
      bytes_left: 1073741824,
    },
  },
  errors: [404],
  links: true,
  async run({ recallPlugin }, caller, { id: linkId }) {
    const link = requireLink(caller, linkId)
    const { title, resource, resource_name } = await requirePlaceOf(recallPlugin, link)
    return {
      id: link.id,
      title,
      ...(resource !== null && { resource: resource_name || resource }),
      ...(link.note !== undefined && { note: link.note }),
      publish: link.publish,
      expires_at: link.expires_at,
      files_left: Math.max(0, link.max_files - link.files),
      bytes_left: Math.max(0, link.max_bytes - link.bytes),
    }
  },
})
