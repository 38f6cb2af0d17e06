import { DAY_MS } from '@ckan-uplink/core/support'
import { MAX_LINK_DAYS } from '@ckan-uplink/core/uploads'
import * as v from 'valibot'
import { refusal } from '../http/validate.ts'
import { showLink, shownLink, stateOf } from '../links/link-fields.ts'
import { findPlace, requirePlace } from '../links/place-of-link.ts'
import { createLink, linksOf, markLink, writeLink } from '../links/upload-link.ts'
import { type ActionContext, defineAction } from './define-action.ts'
import { exampleLink, LINK } from './examples.ts'
import { filledText, flag, id, optional, wholeNumber } from './fields.ts'

const DAY_SECONDS = DAY_MS / 1000
/** `upload_link_list` shows all links of a dataset in one answer. */
const MAX_OPEN = 200
/** Ended ones included, until the nightly run removes them. */
const MAX_LINKS = 500

const request = v.object({
  dataset: optional(v.pipe(id, v.description('The id or name of the dataset that gets a resource for each file.'))),
  resource: optional(v.pipe(id, v.description('In place of `dataset`: the resource whose file is replaced.'))),
  expires_in: v.pipe(
    wholeNumber(60, MAX_LINK_DAYS * DAY_SECONDS),
    v.description(`The seconds until the link ends: at most ${MAX_LINK_DAYS} days.`),
  ),
  max_files: v.pipe(wholeNumber(1, 10_000), v.description('How many uploads may begin.')),
  max_bytes: v.pipe(wholeNumber(1, Number.MAX_SAFE_INTEGER), v.description('The bytes of all files together.')),
  note: optional(v.pipe(filledText(1000), v.description('What the page tells the people who use the link.'))),
  publish: optional(
    v.pipe(flag, v.description('Whether files are linked without a decision by a person. Default: false.')),
  ),
})

export const uploadLinkCreate = defineAction({
  name: 'upload_link_create',
  summary: 'Creates a link by which people without an account deliver files to a dataset or a resource',
  description:
    'It needs the setting `UPLOAD_LINKS` and the plugin for CKAN. CKAN is asked at each use whether the user who created the link may still change the dataset. The files wait until somebody accepts them, except with `publish`.',
  request,
  answer: v.strictObject({
    link: shownLink,
    url: v.pipe(v.string(), v.description('The address of the page. It holds the secret, and is shown only once.')),
  }),
  answerDescription: 'The link and its address.',
  example: {
    request: { dataset: 'city-budget', expires_in: 604800, max_files: 5, max_bytes: 1073741824 },
    result: { link: exampleLink, url: `https://uploads.example.org/link#${LINK}-00000000000000000000000000000000` },
  },
  errors: [404],
  async run(context, caller, { expires_in, publish = false, ...body }) {
    const { settings, askPlugin, store, clock, logger } = context
    if (!settings.uploadLinks)
      throw refusal({ links: ['This gateway has no upload links: its setting UPLOAD_LINKS is off'] })
    const place = await requirePlace(askPlugin, { user: caller.id, ...(await findPlace(context, caller.token, body)) })
    const now = clock.now()
    await requireFewLinks(store, place.dataset, now)
    const { link, url } = await createLink(settings.gatewayUrl, {
      dataset: place.dataset,
      ...(place.resource !== null && { resource: place.resource }),
      created_by: caller.name,
      created_by_id: caller.id,
      created_at: now.toISOString(),
      expires_at: new Date(now.getTime() + expires_in * 1000).toISOString(),
      max_files: body.max_files,
      max_bytes: body.max_bytes,
      ...(body.note !== undefined && { note: body.note }),
      publish,
    })
    await markLink(store, link)
    await writeLink(store, { link })
    logger.log('info', 'upload_link_created', { link: link.id, dataset: link.dataset, by: caller.name })
    return { link: showLink(link, now), url }
  },
})

async function requireFewLinks(store: ActionContext['store'], dataset: string, now: Date): Promise<void> {
  const links = await linksOf(store, dataset, MAX_LINKS)
  const open = links.filter((link) => stateOf(link, now) === 'open')
  if (open.length < MAX_OPEN && links.length < MAX_LINKS) return
  const what =
    open.length < MAX_OPEN ? `${MAX_LINKS} upload links of the last 60 days` : `${MAX_OPEN} open upload links`
  throw refusal({ dataset: [`It has ${what}, the limit. Give one link more files, or use another dataset`] })
}
