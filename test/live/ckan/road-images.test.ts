import { pngOf } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../../support/ckan-calls.ts'
import { putByCurl } from '../support/curl.ts'
import type { Ticket } from '../support/gateway-calls.ts'
import { openRoad, type Road } from '../support/road.ts'
import { liveSites } from '../support/sites.ts'

const TYPES = ['organization', 'group'] as const

describe.each(liveSites())('images in CKAN $name', (site) => {
  let road: Road
  const made: [type: string, id: string][] = []
  beforeAll(async () => {
    road = await openRoad(site)
  })
  afterAll(async () => {
    for (const [type, id] of made) await road.act(`${type}_purge`, { id }, 'admin')
    await road?.close()
  })

  /** Creates one with extras and with the member as its admin. */
  async function make(type: (typeof TYPES)[number]): Promise<Answer> {
    const fields = {
      name: `uplink-${crypto.randomUUID()}`,
      title: 'Title',
      description: 'Words',
      extras: [{ key: 'k', value: 'v' }],
    }
    const owner = await road.act(`${type}_create`, fields, 'admin')
    made.push([type, owner.id])
    const { name } = await road.act('user_show', {}, 'member')
    await road.act(`${type}_member_create`, { id: owner.id, username: name, role: 'admin' }, 'admin')
    return road.act(`${type}_show`, { id: owner.id }, 'admin')
  }

  async function askFor(type: string, id: string, token: string, size = pngOf(3, 2).length): Promise<Ticket> {
    const { status, body } = await road.ask(`${type}_upload`, { id, name: 'logo.png', size }, token)
    if (status !== 200) throw new Error(`No URL was given: ${status} ${JSON.stringify(body.error)}`)
    return body.result.upload
  }

  it.each(TYPES)(
    'uploads one by curl for the admin of a %s, changes no other field, and serves the same bytes to anybody',
    async (type) => {
      const before = await make(type)
      const bytes = pngOf(3, 2)
      const ticket = await askFor(type, before.name, site.tokens.member)
      await putByCurl(ticket.url, bytes, ticket.headers)
      expect(await road.settled(ticket)).toMatchObject({ state: 'linked', entity: { type, id: before.id } })
      const after = await road.act(`${type}_show`, { id: before.id }, 'admin')
      expect(settled(after)).toEqual({
        ...settled(before),
        image_url: after.image_url,
        image_display_url: after.image_url,
      })
      const image = await fetch(after.image_url)
      expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/png'])
      expect(new Uint8Array(await image.arrayBuffer())).toEqual(bytes)
    },
  )

  it('ends with the last requested image if several race for an organization', async () => {
    const { id } = await make('organization')
    const images = Array.from({ length: 6 }, (_, order) => pngOf(3, 2, String(order)))
    const tickets: Ticket[] = []
    for (const image of images) tickets.push(await askFor('organization', id, site.tokens.member, image.length))
    await Promise.all(tickets.map(({ url, headers }, order) => putByCurl(url, images[order] ?? '', headers)))
    for (const ticket of tickets) expect((await road.settled(ticket)).state).toMatch(/^(?:linked|superseded)$/u)
    expect((await road.act('organization_show', { id }, 'admin')).image_url).toContain(tickets.at(-1)?.key)
  })

  it('lets users change only their own image', async () => {
    const { id } = await road.act('user_show', {}, 'outsider')
    expect((await road.ask('user_upload', { id, name: 'me.png', size: 7 }, site.tokens.editor)).status).toBe(403)
    const ticket = await askFor('user', id, site.tokens.outsider)
    await putByCurl(ticket.url, pngOf(3, 2), ticket.headers)
    expect(await road.settled(ticket)).toMatchObject({ state: 'linked', entity: { type: 'user', id } })
    expect((await road.act('user_show', { id }, 'admin')).image_url).toContain(ticket.key)
    await road.act('user_patch', { id, image_url: '' }, 'outsider')
  })
})

/** Without the ids that CKAN changes at each write. */
function settled({ extras, ...shown }: Answer): Answer {
  return { ...shown, extras: extras.map(({ key, value }: Answer) => [key, value]) }
}
