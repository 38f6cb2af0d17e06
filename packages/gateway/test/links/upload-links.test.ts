import { GIB } from '@ckan-uplink/core/support'
import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../src/actions/index.ts'
import { changeBefore } from '../support/change-before.ts'
import { DATASET_ID, EDITOR, GATEWAY, OWNER_ORG, PUBLIC_ID, READER, resource } from '../support/gateway-fixture.ts'
import { GRANT_SECRET, OTHER_SECRET } from '../support/sign-grant.ts'
import { FILE, LIMITS, startLinks as start } from '../support/start-links.ts'

describe('an upload link', () => {
  it('has its secret in the fragment of its address, and the bucket has only the hash', async () => {
    const { create, store } = start()
    const { link, url } = await create({ note: 'The values of 2025, please.' })
    expect(url).toMatch(new RegExp(`^${GATEWAY}/link#${link.id}-[0-9a-f]{32}$`, 'u'))
    expect(link).toMatchObject({ created_by: 'emma', state: 'open', files: 0, publish: false, dataset: DATASET_ID })
    const secret = url.slice(-32)
    for (const key of store.keys()) expect(key).not.toContain(secret)
    expect(JSON.stringify(store.json(`uplink/links/all/${link.id}.json`))).not.toContain(secret)
    expect(JSON.stringify(link)).not.toContain(secret)
  })

  it('shows the title and the note, and no user', async () => {
    const { create } = start()
    const { use, link } = await create({ note: 'The values of 2025, please.' })
    const { body } = await use('upload_link_show')
    expect(body.result).toEqual({
      id: link.id,
      title: 'Air quality',
      note: 'The values of 2025, please.',
      publish: false,
      expires_at: '2026-01-31T12:00:00.000Z',
      files_left: 3,
      bytes_left: 1000,
    })
  })

  it('takes a file, which is held, without a question to CKAN beyond the right of the creator', async () => {
    const { create, deliver, recordOf, calls, plugin, resources } = start()
    const link = await create()
    calls.length = 0
    const { id, resource: target, completed } = await deliver(link)
    expect(completed.status).toBe(200)
    expect(recordOf(id)).toMatchObject({
      held: 'proposed',
      link: link.link.id,
      requested_by: `link ${link.link.id}`,
      declared: FILE,
      entity: { id: target, dataset_id: DATASET_ID },
    })
    expect(resources.has(target)).toBe(false)
    expect([calls, plugin.asked.length]).toEqual([[], 2])
    const { previous_url, previous_last_modified } = completed.body.result.upload
    expect([previous_url, previous_last_modified]).toEqual([undefined, undefined])
    expect(JSON.stringify(completed.body)).not.toContain('emma')
  })

  it('counts files and bytes before it signs, also of requests at the same moment', async () => {
    const { create, act } = start()
    const { use, link } = await create({ max_files: 2, max_bytes: 700 })
    const begun = await Promise.all([1, 2, 3].map(() => use('upload_link_use', FILE)))
    expect(begun.map(({ status }) => status).sort()).toEqual([200, 200, 409])
    const listed = (await act('upload_link_list', { dataset: DATASET_ID }, EDITOR)).body.result.links
    expect(listed).toMatchObject([{ id: link.id, files: 2, bytes: 600, state: 'used' }])

    const other = await create({ max_bytes: 700 })
    expect((await other.use('upload_link_use', { ...FILE, size: 701 })).body.error).toMatchObject({
      size: ['This upload link takes 700 more bytes, and the file has 701'],
    })
    expect((await other.use('upload_link_use', { ...FILE, size: 700 })).status).toBe(200)
    expect((await other.use('upload_link_use', { ...FILE, size: 1 })).status).toBe(409)
  })

  it.each([
    ['no size', { name: 'a.csv' }],
    ['nothing in it', { name: 'a.csv', size: 0 }],
    ['more than the site allows', { name: 'a.csv', size: 6 * GIB }],
    ['a path in its name', { name: '../a.csv', size: 1 }],
  ])('refuses a file with %s, which takes no room', async (_, file) => {
    const { create, store } = start()
    const { use, link } = await create({ max_bytes: 100 * GIB })
    expect((await use('upload_link_use', file)).status).toBe(409)
    expect(store.json(`uplink/links/all/${link.id}.json`)).toMatchObject({ files: 0, bytes: 0 })
  })

  it('signs no part that is not in the plan, and nothing of other uploads', async () => {
    const { create, act } = start()
    const [one, other] = [await create(), await create()]
    const { id } = (await one.use('upload_link_use', FILE)).body.result.upload
    expect((await one.use('upload_sign_parts', { id, part_numbers: [1] })).body.result.parts[0].url).toContain(
      'length=300',
    )
    expect((await one.use('upload_sign_parts', { id, part_numbers: [2] })).status).toBe(409)
    const foreign = (await act('resource_upload', { id: PUBLIC_ID, ...FILE, multipart: true }, EDITOR)).body.result
    for (const action of ['upload_sign_parts', 'upload_list_parts', 'upload_complete', 'upload_abort', 'upload_show']) {
      const fields = { part_numbers: [1] }
      expect((await other.use(action, { id, ...fields })).status).toBe(403)
      expect((await one.use(action, { id: foreign.upload.id, ...fields })).status).toBe(403)
    }
    expect((await one.use('upload_link_show', { id: other.link.id })).status).toBe(403)
    expect((await one.use('upload_link_use', { id: other.link.id, ...FILE })).status).toBe(403)
  })

  it.each<[string, (token: string) => string]>([
    ['a guessed secret', (token) => `${token.slice(0, -32)}${'0'.repeat(32)}`],
    ['a guessed link', (token) => token.replace(/link-[0-9a-f]{24}/u, `link-${'0'.repeat(24)}`)],
    ['a part of the address', (token) => token.slice(0, -1)],
    ['a path in place of the id', () => `uplink-link-../../uploads/x-${'0'.repeat(32)}`],
  ])('is refused with %s', async (_, change) => {
    const { create, act, plugin } = start()
    const { token, link } = await create()
    plugin.asked.length = 0
    const { status, body } = await act('upload_link_use', { id: link.id, ...FILE }, change(token))
    expect([status, body.error.message]).toEqual([403, expect.stringContaining('This is no upload link')])
    expect(plugin.asked).toEqual([])
  })

  it('tells the person with the link neither what CKAN shows of the resource, nor who refused the file', async () => {
    const { create, deliver, arrive, act, resources } = start()
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url: 'https://example.org/secret-plan.csv' }))
    const link = await create({ dataset: undefined, resource: PUBLIC_ID })
    const { id } = await deliver(link)
    const { upload } = (await link.use('upload_link_use', FILE)).body.result
    const aborted = await link.use('upload_abort', { id: upload.id })
    expect(aborted.body.result.upload.state).toBe('aborted')
    await arrive(id)
    await act('upload_refuse', { id, reason: 'It has the wrong year.' }, EDITOR)
    const shown = await link.use('upload_show', { id })
    expect(shown.body.result.state).toBe('withdrawn')
    for (const { body } of [aborted, shown]) expect(JSON.stringify(body)).not.toMatch(/secret-plan|emma/u)
  })

  it('is refused after its time, after its end by an editor, and where links are off', async () => {
    const { create, time, act, settings } = start()
    const [late, revoked] = [await create(), await create()]
    const { id } = (await revoked.use('upload_link_use', FILE)).body.result.upload
    expect((await act('upload_link_revoke', { id: revoked.link.id }, EDITOR)).body.result.link).toMatchObject({
      state: 'revoked',
      revoked: { by: 'emma' },
    })
    for (const [action, more] of [
      ['upload_link_show', {}],
      ['upload_link_use', FILE],
      ['upload_sign_parts', { id, part_numbers: [1] }],
      ['upload_complete', { id }],
    ] as const)
      expect((await revoked.use(action, more)).body.error?.message).toContain('was revoked')
    time.now = new Date(time.now.getTime() + 3_600_000)
    expect((await late.use('upload_link_use', FILE)).body.error.message).toContain('has expired')
    Object.assign(settings, { uploadLinks: false })
    expect((await late.use('upload_link_use', FILE)).body.error.message).toContain('takes no files by upload links')
    expect((await act('upload_link_create', { dataset: DATASET_ID, ...LIMITS }, EDITOR)).status).toBe(409)
  })

  it('dies when its creator may no longer change the dataset, and tells strangers nothing of the user', async () => {
    const { create, plugin, store, time } = start()
    const { use, link } = await create()
    for (const [reason, status] of [
      ['user', 403],
      ['place', 404],
    ] as const) {
      plugin.refuse({ reason })
      time.now = new Date(time.now.getTime() + 6000)
      for (const action of ['upload_link_show', 'upload_link_use']) {
        const { status: answered, body } = await use(action, FILE)
        expect([answered, body.error.message]).toEqual([
          status,
          expect.stringContaining('Ask the sender for a new one'),
        ])
      }
    }
    expect(store.json(`uplink/links/all/${link.id}.json`)).toMatchObject({ files: 0 })
  })

  it('asks CKAN once a minute, and nothing after it is used up', async () => {
    const { create, plugin, time } = start()
    const { use } = await create({ max_files: 2 })
    plugin.asked.length = 0
    for (const _ of [1, 2]) await use('upload_link_show')
    for (const status of [200, 200, 409, 409]) expect((await use('upload_link_use', FILE)).status).toBe(status)
    expect(plugin.asked).toHaveLength(1)
    time.now = new Date(time.now.getTime() + 61_000)
    expect((await use('upload_link_use', FILE)).status).toBe(409)
    expect(plugin.asked).toHaveLength(1)
    for (const _ of [1, 2]) expect((await use('upload_link_show')).body.result.files_left).toBe(0)
    expect(plugin.asked).toHaveLength(2)
  })

  it('is no token: every other action and route refuses it, and CKAN never gets it', async () => {
    const { create, act, send, calls, plugin } = start()
    const { token } = await create()
    calls.length = plugin.asked.length = 0
    const others = ACTIONS.filter(({ links }) => !links).map(({ name }) => name)
    expect(others).toContain('upload_accept')
    for (const action of [...others, 'package_show', 'resource_patch', 'help_show'])
      expect((await act(action, { id: PUBLIC_ID }, token)).status).toBe(403)
    for (const path of [`/resource/${PUBLIC_ID}/download/a.csv`, '/uploads/1', '/api/3/action/resource_show'])
      expect((await send(path, { token })).status).toBe(403)
    expect([calls, plugin.asked]).toEqual([[], []])
  })

  it('counts its own requests', async () => {
    const { create } = start({ requestsPerMinute: 2 })
    const { use } = await create()
    const statuses = [await use('upload_link_show'), await use('upload_link_show'), await use('upload_link_show')]
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429])
  })
})

describe('the makers of upload links', () => {
  it.each<[string, object, string, number]>([
    ['a user who may not change the dataset', {}, READER, 403],
    ['an anonymous caller', {}, '', 403],
    ['a dataset and a resource', { resource: PUBLIC_ID }, EDITOR, 409],
    ['neither', { dataset: undefined }, EDITOR, 409],
    ['more than 30 days', { expires_in: 30 * 86_400 + 1 }, EDITOR, 409],
    ['no files', { max_files: 0 }, EDITOR, 409],
    ['an unknown dataset', { dataset: 'no-such-dataset' }, EDITOR, 404],
  ])('cannot be or ask for %s', async (_, changes, token, status) => {
    const { act, store } = start()
    expect((await act('upload_link_create', { dataset: DATASET_ID, ...LIMITS, ...changes }, token)).status).toBe(status)
    expect(store.keys()).toEqual([])
  })

  it('learn that the setting is off', async () => {
    const { act } = start({ uploadLinks: false })
    const { status, body } = await act('upload_link_create', { dataset: DATASET_ID, ...LIMITS }, EDITOR)
    expect([status, body.error.links]).toEqual([409, [expect.stringContaining('UPLOAD_LINKS is off')]])
  })

  it('learn the reason without the plugin, and with another secret', async () => {
    for (const [secrets, reason] of [
      [[], 'has no grantSecret'],
      [[OTHER_SECRET], 'CKAN has another secret'],
    ] as const) {
      const { act } = start({}, secrets)
      const { status, body } = await act('upload_link_create', { dataset: DATASET_ID, ...LIMITS }, EDITOR)
      expect([status, body.error.links]).toEqual([409, [expect.stringContaining(reason)]])
    }
    const rotating = start({}, [OTHER_SECRET, GRANT_SECRET])
    expect((await rotating.create()).link.state).toBe('open')
  })

  it.each([429, 500, 502, 503])('learn that CKAN is down when it answers %i', async (answered) => {
    const { act, plugin } = start()
    plugin.fail(answered)
    const { status, body } = await act('upload_link_create', { dataset: DATASET_ID, ...LIMITS }, EDITOR)
    expect([status, body.error.message]).toEqual([502, expect.stringContaining('CKAN cannot be reached')])
  })

  it('have as many links as they like one after the other, and 200 at a time', async () => {
    const { create, act, store } = start()
    const { link } = await create()
    const stored = JSON.parse(JSON.stringify(store.json(`uplink/links/all/${link.id}.json`)))
    const copy = async (number: number, more: object) => {
      const id = number.toString(16).padStart(24, '0')
      await store.put(`uplink/links/of/${DATASET_ID}/${id}`, new Uint8Array())
      await store.put(
        `uplink/links/all/${id}.json`,
        new TextEncoder().encode(JSON.stringify({ ...stored, id, ...more })),
      )
    }
    const revoked = { revoked: { at: '2026-01-30T11:00:00.000Z', by: 'emma' } }
    for (let number = 0; number < 250; number += 1) await copy(number, number % 2 ? revoked : { files: 3 })
    await create()
    for (let number = 0; number < 199; number += 1) await copy(number, {})
    const refused = await act('upload_link_create', { dataset: DATASET_ID, ...LIMITS }, EDITOR)
    expect(refused.body.error.dataset[0]).toContain('200 open upload links')
    for (let number = 0; number < 500; number += 1) await copy(number, revoked)
    const full = await act('upload_link_create', { dataset: DATASET_ID, ...LIMITS }, EDITOR)
    expect(full.body.error.dataset[0]).toContain('500 upload links of the last 60 days')
  })

  it('list and revoke links only where they may change the dataset, but always their own', async () => {
    const { create, act, plugin } = start()
    const [one, other] = [await create(), await create()]
    expect((await act('upload_link_list', { dataset: DATASET_ID }, READER)).status).toBe(403)
    expect((await act('upload_link_revoke', { id: one.link.id }, READER)).status).toBe(403)
    expect((await act('upload_link_revoke', { id: 'no-such-link' }, EDITOR)).status).toBe(404)
    plugin.refuse({ reason: 'user' })
    for (const _ of ['first', 'again'])
      expect((await act('upload_link_revoke', { id: one.link.id }, EDITOR)).body.result.link.state).toBe('revoked')
    plugin.refuse(undefined)
    const { links } = (await act('upload_link_list', { dataset: DATASET_ID }, EDITOR)).body.result
    const states = new Map(links.map(({ id, state }: { id: string; state: string }) => [id, state]))
    expect([states.get(one.link.id), states.get(other.link.id)]).toEqual(['revoked', 'open'])
  })
})

describe('a file that came by an upload link', () => {
  it('is listed with an address to open it, once it has arrived', async () => {
    const { create, deliver, arrive, act } = start()
    const link = await create({ note: 'Ozone' })
    const { id } = await deliver(link)
    const list = async (token = EDITOR) => (await act('upload_proposals', { dataset: DATASET_ID }, token)).body
    expect((await list()).result).toEqual({ proposals: [], next: null })
    await arrive(id)
    const [found] = (await list()).result.proposals
    expect(found).toMatchObject({ upload: { id, state: 'proposed' }, link: { id: link.link.id, note: 'Ozone' } })
    expect(decodeURIComponent(found.url)).toMatch(/air\.csv\?method=GET&expires=300.*attachment/u)
    expect((await list(READER)).error.message).toContain('may not change this dataset')
  })

  it('is found in one call behind many uploads that never arrived, and behind cancelled ones', async () => {
    const { create, deliver, arrive, act, store } = start()
    const link = await create()
    const marks = () => store.keys().filter((key) => key.includes('/waiting/'))
    const cancelled = (await link.use('upload_link_use', FILE)).body.result.upload.id
    await link.use('upload_abort', { id: cancelled })
    expect(marks()).toEqual([])
    const { id } = await deliver(link)
    await arrive(id)
    const before = Number.parseInt(id.slice(0, 13).replace('-', ''), 16) - 1
    const time = before.toString(16).padStart(12, '0')
    for (let number = 0; number < 250; number += 1) {
      const tail = `7000-8000-${String(number).padStart(12, '0')}`
      await store.put(
        `uplink/links/waiting/${DATASET_ID}/${time.slice(0, 8)}-${time.slice(8)}-${tail}`,
        new Uint8Array(),
      )
    }
    const { proposals, next } = (await act('upload_proposals', { dataset: DATASET_ID }, EDITOR)).body.result
    expect([proposals.map(({ upload }: { upload: { id: string } }) => upload.id), next]).toEqual([[id], null])
  })

  it('is listed page by page', async () => {
    const { create, deliver, arrive, act } = start()
    const link = await create({ max_files: 105, max_bytes: 40_000 })
    for (let number = 0; number < 105; number += 1) await arrive((await deliver(link)).id)
    const first = (await act('upload_proposals', { dataset: DATASET_ID }, EDITOR)).body.result
    const after = first.next
    const second = (await act('upload_proposals', { dataset: DATASET_ID, after }, EDITOR)).body.result
    const ids = [...first.proposals, ...second.proposals].map(({ upload }: { upload: { id: string } }) => upload.id)
    expect([first.proposals.length, new Set(ids).size, second.next]).toEqual([100, 105, null])
  })

  it('becomes a resource by the user who accepts it, and is then released to the linker', async () => {
    const { create, deliver, arrive, act, resources, recordOf, store } = start()
    const { id, resource: target } = await deliver(await create())
    expect((await act('upload_accept', { id }, EDITOR)).status).toBe(409)
    await arrive(id)
    expect((await act('upload_accept', { id }, READER)).status).toBe(403)
    expect(resources.has(target)).toBe(false)
    expect((await act('upload_accept', { id }, EDITOR)).status).toBe(200)
    expect(resources.get(target)).toMatchObject({ name: 'air.csv', url: '' })
    expect(recordOf(id)).toMatchObject({ state: 'issued', previous_url: '', previous_last_modified: null })
    expect(recordOf(id)).not.toHaveProperty('held')
    expect(store.keys().filter((key) => key.includes(`/uplink-calls/${id}.`))).toHaveLength(1)
    expect(store.keys().filter((key) => key.includes('/waiting/'))).toEqual([])
    expect((await act('upload_proposals', { dataset: DATASET_ID }, EDITOR)).body.result.proposals).toEqual([])
  })

  it('replaces what the resource shows when it is accepted, but no file that was uploaded later', async () => {
    const { create, deliver, arrive, act, resources, recordOf } = start()
    const link = await create({ dataset: undefined, resource: PUBLIC_ID })
    const [first, second] = [await deliver(link), await deliver(link)]
    for (const { id } of [first, second]) await arrive(id)
    const url = 'https://example.org/by-a-person.csv'
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url, lastModified: '2026-01-31T10:00:00' }))
    expect((await act('upload_accept', { id: first.id }, READER)).status).toBe(403)
    expect((await act('upload_accept', { id: first.id }, EDITOR)).status).toBe(200)
    expect(recordOf(first.id)).toMatchObject({ previous_url: url, previous_last_modified: '2026-01-31T10:00:00' })
    const later = '019ffff0-1c22-7a11-9b3c-4d5e6f708192'
    const shown = `${GATEWAY}/resource/${PUBLIC_ID}/download/${later}/0123456789abcdef/air.csv`
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url: shown }))
    expect((await act('upload_accept', { id: second.id }, EDITOR)).body.error.id[0]).toContain('uploaded later')
  })

  it('belongs to the organization that owns the dataset by then', async () => {
    for (const place of [{}, { dataset: undefined, resource: PUBLIC_ID }]) {
      const { create, deliver, arrive, act, authorizer, recordOf } = start()
      const { id } = await deliver(await create(place))
      await arrive(id)
      const { showDataset } = authorizer
      authorizer.showDataset = async (...asked) => ({ ...(await showDataset(...asked)), ownerOrg: 'new-owner' })
      expect((await act('upload_accept', { id }, EDITOR)).status).toBe(200)
      expect(recordOf(id).entity.owner_org).toBe('new-owner')
    }
  })

  it('needs room in the quota when it has waited for longer than a week, and reserves it again', async () => {
    const { create, deliver, arrive, act, resources, store, time } = start({ quotaFiles: 1 })
    const { id, resource: target } = await deliver(await create())
    await arrive(id)
    time.now = new Date(time.now.getTime() + 8 * 86_400_000)
    const used = `uplink/quotas/${OWNER_ORG}/used.json`
    await store.put(used, new TextEncoder().encode('{"bytes":1,"files":1}'))
    expect((await act('upload_accept', { id }, EDITOR)).body.error.quota[0]).toContain('may have 1 files and has 1')
    const reader = await act('upload_accept', { id }, READER)
    expect([reader.status, JSON.stringify(reader.body)]).toEqual([403, expect.not.stringContaining('quota')])
    expect(resources.has(target)).toBe(false)
    await store.remove(used)
    expect((await act('upload_accept', { id }, EDITOR)).status).toBe(200)
    expect((await act('resource_upload', { id: PUBLIC_ID, ...FILE }, EDITOR)).body.error.quota[0]).toContain(
      'and has 1',
    )
  })

  it('takes no room in the quota twice when it is accepted, and none after a refusal', async () => {
    const { create, deliver, arrive, act, store } = start({ quotaFiles: 2 })
    const link = await create()
    const [accepted, refused] = [await deliver(link), await deliver(link)]
    for (const { id } of [accepted, refused]) await arrive(id)
    expect((await act('upload_accept', { id: accepted.id }, EDITOR)).status).toBe(200)
    expect((await act('upload_refuse', { id: refused.id, reason: 'No.' }, EDITOR)).status).toBe(200)
    const reserved = store.keys().filter((key) => key.startsWith('uplink/quotas/'))
    expect(reserved).toEqual([expect.stringContaining(accepted.id)])
  })

  it('is not accepted if somebody refuses it meanwhile, and the answer names the empty resource', async () => {
    const { create, deliver, arrive, act, authorizer, logged, recordOf } = start({ quotaFiles: 2 })
    const { id, resource: target } = await deliver(await create())
    await arrive(id)
    const { addResources } = authorizer
    authorizer.addResources = async (...asked) => {
      await act('upload_refuse', { id, reason: 'It has the wrong year.' }, EDITOR)
      return addResources(...asked)
    }
    const { status, body } = await act('upload_accept', { id }, EDITOR)
    expect([status, body.error.id, body.error.resource]).toEqual([
      409,
      ['Somebody refused this upload at the same moment'],
      [expect.stringContaining(target)],
    ])
    expect(recordOf(id).state).toBe('withdrawn')
    expect(logged.map(({ event }) => event)).not.toContain('upload_accepted')
  })

  it('is withdrawn by a refusal, which nothing undoes', async () => {
    const { create, deliver, arrive, act, recordOf, store } = start()
    const { id } = await deliver(await create())
    await arrive(id)
    const fields = { id, reason: 'It has the wrong year.' }
    expect((await act('upload_refuse', fields, READER)).status).toBe(403)
    for (const _ of ['first', 'again']) expect((await act('upload_refuse', fields, EDITOR)).status).toBe(200)
    expect(recordOf(id)).toMatchObject({ state: 'withdrawn', held: 'proposed', withdrawn: { reason: fields.reason } })
    expect(store.keys().filter((key) => key.includes('/waiting/'))).toEqual([])
    expect((await act('upload_accept', { id }, EDITOR)).status).toBe(409)
  })

  it('tells strangers that it was refused, but not by whom and why', async () => {
    const { create, deliver, arrive, act } = start()
    const link = await create()
    const { id } = await deliver(link)
    await arrive(id)
    await act('upload_refuse', { id, reason: 'Emma says no.' }, EDITOR)
    const { upload } = (await link.use('upload_abort', { id })).body.result
    for (const shown of [(await link.use('upload_show', { id })).body.result, upload]) {
      expect(shown).toMatchObject({ state: 'withdrawn', withdrawn: { at: '2026-01-31T11:00:00.000Z' } })
      expect(JSON.stringify(shown)).not.toMatch(/emma/iu)
    }
  })

  it('is no version of the resource after a refusal', async () => {
    const { create, deliver, arrive, act } = start()
    const { id } = await deliver(await create({ dataset: undefined, resource: PUBLIC_ID }))
    await arrive(id)
    await act('upload_refuse', { id, reason: 'It has the wrong year.' }, EDITOR)
    expect((await act('resource_versions', { id: PUBLIC_ID }, EDITOR)).body.result.versions).toEqual([])
  })

  it('tells strangers no sums of the organization', async () => {
    const { create } = start({ quotaBytes: 200 })
    const { status, body } = await (await create()).use('upload_link_use', FILE)
    expect([status, body.error.quota]).toEqual([409, [expect.stringMatching(/^\D*$/u)]])
  })

  it('cannot be opened before it is accepted where a virus scanner looks at files', async () => {
    const { create, deliver, arrive, act } = start({ scanner: 'clamav' })
    const { id } = await deliver(await create())
    await arrive(id)
    const [proposal] = (await act('upload_proposals', { dataset: DATASET_ID }, EDITOR)).body.result.proposals
    expect(proposal.upload.id).toBe(id)
    expect(proposal).not.toHaveProperty('url')
  })

  it('shows strangers nothing of the place in CKAN', async () => {
    const { create, deliver, resources } = start({ quotaFiles: 10 })
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url: 'https://secret.example.org/a.csv' }))
    const link = await create({ dataset: undefined, resource: PUBLIC_ID })
    const { id, completed } = await deliver(link)
    const begun = (await link.use('upload_link_use', FILE)).body.result.upload.id
    for (const shown of [
      completed.body.result.upload,
      (await link.use('upload_show', { id })).body.result,
      (await link.use('upload_abort', { id: begun })).body.result.upload,
    ]) {
      expect(shown.entity).toEqual({ type: 'resource', id: PUBLIC_ID, dataset_id: DATASET_ID })
      expect(Object.keys(shown)).not.toEqual(expect.arrayContaining(['reserved']))
      expect(JSON.stringify(shown)).not.toContain('secret.example.org')
    }
  })

  it('is listed for its resource alone, if the caller asks for one', async () => {
    const { create, deliver, arrive, act } = start()
    const [one, other] = [await create({ dataset: undefined, resource: PUBLIC_ID }), await create()]
    const { id } = await deliver(one)
    for (const waiting of [id, (await deliver(other)).id]) await arrive(waiting)
    const list = async (place: object) => (await act('upload_proposals', place, EDITOR)).body
    expect((await list({ resource: PUBLIC_ID })).result.proposals).toMatchObject([{ upload: { id } }])
    expect((await list({ dataset: DATASET_ID })).result.proposals).toHaveLength(2)
    for (const place of [{}, { dataset: DATASET_ID, resource: PUBLIC_ID }])
      expect((await list(place)).error.dataset).toEqual(['Give either a dataset or a resource'])
    expect((await act('upload_proposals', { resource: PUBLIC_ID }, READER)).status).toBe(403)
  })

  it('is no file of another kind: only files of links can be accepted and refused', async () => {
    const { act } = start()
    const { upload } = (await act('resource_upload', { id: PUBLIC_ID, ...FILE }, EDITOR)).body.result
    for (const action of ['upload_accept', 'upload_refuse'])
      expect((await act(action, { id: upload.id, reason: 'No.' }, EDITOR)).status).toBe(404)
  })
})

describe('an upload link that publishes', () => {
  it('has the plugin make the resource as the creator, right before the file is complete', async () => {
    const { create, deliver, recordOf, plugin } = start()
    const { id, resource: target, completed } = await deliver(await create({ publish: true }))
    expect(completed.status).toBe(200)
    expect(plugin.asked.map(({ create: made }) => made)).toEqual([
      undefined,
      undefined,
      { id: target, name: FILE.name },
    ])
    expect(recordOf(id)).toMatchObject({ state: 'issued', previous_url: '' })
    expect(recordOf(id)).not.toHaveProperty('held')
  })

  it('has nothing made in CKAN until every byte has arrived', async () => {
    const { create, parts, plugin, recordOf } = start()
    const { use } = await create({ publish: true })
    const { id, key } = (await use('upload_link_use', FILE)).body.result.upload
    const { asked } = plugin
    asked.length = 0
    expect((await use('upload_complete', { id })).body.error.parts).toEqual(['Missing: 1'])
    parts.arrive({ key, id: recordOf(id).multipart?.id ?? '' }, 1, FILE.size - 1)
    expect((await use('upload_complete', { id })).body.error.parts).toEqual(['Wrong size: 1'])
    expect(asked).toEqual([])
  })

  it('notes what the resource shows before the file is complete', async () => {
    const { create, parts, recordOf, resources } = start()
    const { use } = await create({ dataset: undefined, resource: PUBLIC_ID, publish: true })
    const { id, key } = (await use('upload_link_use', FILE)).body.result.upload
    parts.arrive({ key, id: recordOf(id).multipart?.id ?? '' }, 1, FILE.size)
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url: 'https://example.org/now.csv' }))
    expect((await use('upload_complete', { id })).status).toBe(200)
    expect(recordOf(id)).toMatchObject({ previous_url: 'https://example.org/now.csv' })
  })

  it('notes it also when another program changes the record at the same moment', async () => {
    const { create, parts, recordOf, resources, store } = start()
    const { use } = await create({ dataset: undefined, resource: PUBLIC_ID, publish: true })
    const { id, key } = (await use('upload_link_use', FILE)).body.result.upload
    parts.arrive({ key, id: recordOf(id).multipart?.id ?? '' }, 1, FILE.size)
    resources.set(PUBLIC_ID, resource(PUBLIC_ID, { url: 'https://example.org/now.csv' }))
    changeBefore(store, id)
    expect((await use('upload_complete', { id })).status).toBe(200)
    expect(recordOf(id)).toMatchObject({ previous_url: 'https://example.org/now.csv' })
  })

  it('completes nothing after the creator has lost the right, or when CKAN refuses the resource', async () => {
    const { create, parts, recordOf, plugin, store } = start()
    const { use } = await create({ publish: true })
    const { id, key } = (await use('upload_link_use', FILE)).body.result.upload
    parts.arrive({ key, id: recordOf(id).multipart?.id ?? '' }, 1, FILE.size)
    plugin.refuse({ reason: 'user' })
    expect((await use('upload_complete', { id })).status).toBe(403)
    plugin.refuse({ reason: 'refused', message: 'name: Missing value' })
    expect((await use('upload_complete', { id })).body.error.resource[0]).toContain('name: Missing value')
    expect(store.keys()).not.toContain(key)
  })
})
