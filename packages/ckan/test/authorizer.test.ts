import { describe, expect, it } from 'vitest'
import { createAuthorizer, createCkanClient } from '../src/index.ts'
import {
  createFrozenClock,
  failure,
  forbidden,
  notFound,
  type Reply,
  type Script,
  startScriptedCkan,
  success,
  unknownAction,
} from './scripted-ckan.ts'

const RESOURCE = { id: 'aaaaaaaa-4c0a-4a5b-9a9e-0d3f8e0f0002', datasetId: '6d0cd3fe-4c0a-4a5b-9a9e-0d3f8e0f0001' }
const yes = success({ count: 0, results: [] })
const badSize = { size: ['Invalid integer'], last_modified: ['Date format incorrect'] }

async function start(script: Script) {
  const { url, received } = await startScriptedCkan(script)
  const authorizer = createAuthorizer(
    createCkanClient({ url, concurrency: 4, timeoutMs: 5000, clock: createFrozenClock() }),
  )
  return { authorizer, received, actions: () => received.map(({ action }) => action) }
}

function byAction(replies: Readonly<Record<string, Reply>>): Script {
  return ({ action }) => replies[action] ?? unknownAction
}

describe('whoami', () => {
  it('names the owner of a token, with or without Bearer', async () => {
    const { authorizer, received } = await start(() =>
      success({ id: 'u1', name: 'alice', sysadmin: true, email: 'alice@example.org' }),
    )
    expect(await authorizer.whoami('Bearer alices-token')).toEqual({ id: 'u1', name: 'alice', sysadmin: true })
    expect(received[0]).toMatchObject({ action: 'user_show', params: {}, headers: { authorization: 'alices-token' } })
  })

  it.each([
    ['404', notFound],
    ['403', forbidden],
  ])('finds no user when CKAN answers %s', async (_, reply) => {
    const { authorizer } = await start(() => reply)
    expect(await authorizer.whoami('made-up')).toBeUndefined()
  })

  it('finds no user for a token that no header can carry', async () => {
    const { authorizer, received } = await start(() => yes)
    expect(await authorizer.whoami('日本\n')).toBeUndefined()
    expect(received).toEqual([])
  })

  it.each(['', ' ', 'Bearer '])('finds no user for %j, without a call', async (token) => {
    const { authorizer, received } = await start(() => yes)
    expect(await authorizer.whoami(token)).toBeUndefined()
    expect(received).toEqual([])
  })

  it('does not take an outage for an unknown token', async () => {
    const { authorizer } = await start(() => ({ status: 404, text: '<html>Not Found</html>' }))
    await expect(authorizer.whoami('token')).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('showing a resource', () => {
  it("asks with the caller's token, or with none", async () => {
    const { authorizer, received } = await start(() =>
      success({ id: RESOURCE.id, package_id: RESOURCE.datasetId, url: 'http://x/a.csv', format: 'CSV' }),
    )
    expect(await authorizer.showResource(RESOURCE.id, 'alices-token')).toMatchObject({
      ...RESOURCE,
      url: 'http://x/a.csv',
      urlType: null,
    })
    await authorizer.showResource(RESOURCE.id)
    expect(received.map(({ headers }) => headers.authorization)).toEqual(['alices-token', undefined])
  })

  it.each([
    [forbidden, 'not_allowed'],
    [notFound, 'not_found'],
  ])('passes on what CKAN says to this caller', async (reply, code) => {
    const { authorizer } = await start(() => reply)
    await expect(authorizer.showResource(RESOURCE.id, 'token')).rejects.toMatchObject({ code })
  })
})

describe('permission to update', () => {
  it("is checked only by the write, because a site may show a resource's files to all its readers", async () => {
    const mayScan = { file_owner_scan: yes, files_file_scan: yes }
    const denied = await start(byAction({ ...mayScan, package_revise: forbidden }))
    expect(await denied.authorizer.mayUpdate('Bearer token', RESOURCE)).toBe(false)
    expect(denied.received.map(({ action, headers }) => [action, headers.authorization])).toEqual([
      ['package_revise', 'token'],
    ])
  })

  it('does not depend on who may list files', async () => {
    const refused = failure(409, 'Validation Error', { resources: [badSize] })
    const { authorizer } = await start(
      byAction({ file_owner_scan: forbidden, files_file_scan: forbidden, package_revise: refused }),
    )
    expect(await authorizer.mayUpdate('token', RESOURCE)).toBe(true)
  })

  it.each<[string, unknown]>([
    ['CKAN 2.10 and 2.11', [{}, badSize]],
    ['CKAN 2.12', [badSize]],
  ])('is there when the write that cannot succeed fails for its size on %s', async (_, resources) => {
    const { authorizer, received } = await start(
      byAction({ package_revise: failure(409, 'Validation Error', { resources }) }),
    )
    expect(await authorizer.mayUpdate('token', RESOURCE)).toBe(true)
    expect(received.at(-1)?.params).toEqual({
      match: { id: RESOURCE.datasetId },
      [`update__resources__${RESOURCE.id}`]: { size: 'probe', last_modified: 'probe' },
      include: '-*',
    })
  })

  it('is missing when that write is forbidden', async () => {
    const { authorizer } = await start(byAction({ package_revise: forbidden }))
    expect(await authorizer.mayUpdate('token', RESOURCE)).toBe(false)
  })

  it('is not proved by a 409 with another reason', async () => {
    const { authorizer } = await start(
      byAction({ package_revise: failure(409, 'Validation Error', { title: ['Missing value'] }) }),
    )
    await expect(authorizer.mayUpdate('token', RESOURCE)).rejects.toMatchObject({ code: 'refused' })
  })

  it('is not proved by a write that succeeds', async () => {
    const { authorizer } = await start(byAction({ package_revise: success({}) }))
    expect(await authorizer.mayUpdate('token', RESOURCE)).toBe(false)
  })

  it.each<[string, Reply]>([
    [
      'the resource is in another dataset',
      failure(409, 'Validation Error', { [`resources__${RESOURCE.id}`]: ['Unmatched key'] }),
    ],
    ['the dataset is gone', notFound],
  ])('is nowhere when %s', async (_, reply) => {
    const { authorizer } = await start(byAction({ package_revise: reply }))
    await expect(authorizer.mayUpdate('token', RESOURCE)).rejects.toMatchObject({ code: 'not_found' })
  })

  it.each(['', '  ', 'Bearer '])('is missing for the token %j, without a call', async (token) => {
    const { authorizer, received } = await start(() => yes)
    expect(await authorizer.mayUpdate(token, RESOURCE)).toBe(false)
    expect(received).toEqual([])
  })

  it('is refused for a resource that no upload can be linked to', async () => {
    const { authorizer, received } = await start(() => yes)
    await expect(authorizer.mayUpdate('token', { ...RESOURCE, id: 'bad__resource' })).rejects.toMatchObject({
      code: 'refused',
    })
    expect(received).toEqual([])
  })

  it('is checked each time', async () => {
    let reply = failure(409, 'Validation Error', { resources: [badSize] })
    const { authorizer, actions } = await start(() => reply)
    expect(await authorizer.mayUpdate('token', RESOURCE)).toBe(true)
    reply = forbidden
    expect(await authorizer.mayUpdate('token', RESOURCE)).toBe(false)
    expect(actions()).toEqual(['package_revise', 'package_revise'])
  })

  it('is unknown while CKAN is down', async () => {
    const { authorizer, actions } = await start(() => ({ status: 502, text: '' }))
    await expect(authorizer.mayUpdate('token', RESOURCE)).rejects.toMatchObject({ code: 'unavailable' })
    expect(new Set(actions())).toEqual(new Set(['package_revise']))
  })
})
