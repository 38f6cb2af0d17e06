import type { Resource, ResourceChange, ResourceFields } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { createCatalog, createCkanClient } from '../src/index.ts'
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

const DATASET = '6d0cd3fe-4c0a-4a5b-9a9e-0d3f8e0f0001'
const A = 'aaaaaaaa-4c0a-4a5b-9a9e-0d3f8e0f0002'
const B = 'bbbbbbbb-4c0a-4a5b-9a9e-0d3f8e0f0003'

const fields: ResourceFields = {
  url: 'https://up.example.org/new.csv?v=1',
  url_type: '',
  mimetype: 'text/csv',
  size: 5,
  last_modified: '2026-11-22T12:00:00',
}

function shown(id: string, more: object = {}) {
  return {
    id,
    package_id: DATASET,
    state: 'active',
    url: `http://old/${id}`,
    url_type: null,
    name: 'A name',
    format: 'CSV',
    last_modified: null,
    ...more,
  }
}

function change(id: string, more: Partial<Resource> = {}): ResourceChange {
  const resource: Resource = {
    id,
    datasetId: DATASET,
    state: 'active',
    url: `http://old/${id}`,
    urlType: null,
    name: null,
    format: 'CSV',
    mimetype: null,
    size: null,
    hash: '',
    lastModified: null,
    ...more,
  }
  return { resource, fields }
}

async function start(script: Script, loader?: 'xloader' | 'datapusher') {
  const { url, received } = await startScriptedCkan(script)
  const client = createCkanClient({ url, concurrency: 4, timeoutMs: 5000, clock: createFrozenClock() })
  return { catalog: createCatalog(client, { token: 'service-token', ...(loader && { loader }) }), received }
}

/** Answers by action. Actions that are not scripted are unknown. */
function byAction(replies: Readonly<Record<string, Reply>>): Script {
  return ({ action }) => replies[action] ?? unknownAction
}

describe('reading a dataset', () => {
  it("returns the dataset with CKAN's order and time", async () => {
    const result = {
      id: DATASET,
      state: 'draft',
      private: true,
      resources: [
        shown(B, {
          size: 7,
          hash: 'abc',
          mimetype: 'text/csv',
          url_type: 'upload',
          last_modified: '2026-01-02T03:04:05.000006',
          metadata_modified: '2026-01-03T03:04:05.000006',
        }),
        shown(A, { format: null }),
      ],
    }
    const { catalog, received } = await start(
      byAction({ package_show: success(result, { date: 'Sun, 22 Nov 2026 08:00:01 GMT' }) }),
    )
    const dataset = await catalog.readDataset(DATASET)
    expect(dataset).toMatchObject({
      id: DATASET,
      state: 'draft',
      private: true,
      readAt: new Date('2026-11-22T08:00:01Z'),
    })
    expect(dataset?.resources[0]).toEqual({
      id: B,
      datasetId: DATASET,
      state: 'active',
      url: `http://old/${B}`,
      urlType: 'upload',
      name: 'A name',
      format: 'CSV',
      mimetype: 'text/csv',
      size: 7,
      hash: 'abc',
      lastModified: '2026-01-02T03:04:05.000006',
      metadataModified: '2026-01-03T03:04:05.000006',
    })
    expect(dataset?.resources[1]).toMatchObject({ id: A, format: '', size: null, hash: '', lastModified: null })
    expect(received[0]).toMatchObject({
      action: 'package_show',
      params: { id: DATASET },
      headers: { authorization: 'service-token' },
    })
  })

  it('returns undefined when CKAN has no such dataset', async () => {
    const { catalog } = await start(() => notFound)
    expect(await catalog.readDataset('no-such-dataset')).toBeUndefined()
    expect(await catalog.findDataset('no-such-resource')).toBeUndefined()
  })

  it('finds the dataset of a resource', async () => {
    const { catalog } = await start(byAction({ resource_show: success(shown(A)) }))
    expect(await catalog.findDataset(A)).toBe(DATASET)
  })

  it.each([null, [], { id: DATASET }, { id: DATASET, resources: [{ id: A }] }])(
    'takes %j for no answer of a CKAN',
    async (result) => {
      const { catalog } = await start(() => success(result))
      await expect(catalog.readDataset(DATASET)).rejects.toMatchObject({ code: 'unavailable' })
    },
  )
})

describe("CKAN's 403", () => {
  it.each([
    ['does not find', notFound],
    ['treats as anonymous', forbidden],
  ])('means that the token has to be replaced when CKAN %s its owner', async (_, whoami) => {
    const { catalog } = await start(byAction({ package_show: forbidden, user_show: whoami }))
    await expect(catalog.readDataset(DATASET)).rejects.toMatchObject({
      code: 'token_invalid',
      retryable: true,
      message: expect.stringContaining('create a new token and give it to the service'),
    })
  })

  it('means a missing permission when the token is valid, and names its user', async () => {
    const user_show = success({ id: 'u1', name: 'uplink', sysadmin: false })
    const { catalog, received } = await start(byAction({ package_revise: forbidden, user_show }))
    await expect(catalog.revise(DATASET, [change(A)])).rejects.toMatchObject({
      code: 'not_allowed',
      retryable: false,
      message: expect.stringContaining('make uplink a sysadmin'),
    })
    expect(received.map(({ action }) => action)).toEqual(['package_revise', 'user_show'])
  })

  it('leads to a retry while CKAN cannot name the user of the token', async () => {
    const { catalog } = await start(byAction({ package_show: forbidden, user_show: { status: 502, text: '' } }))
    await expect(catalog.readDataset(DATASET)).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('writing resources', () => {
  it('writes all changes in one call that matches the state that was read', async () => {
    const { catalog, received } = await start(() => success({}))
    const changes = [change(A, { url: 'true', lastModified: '2026-01-02T03:04:05' }), change('an id of 2.10')]
    expect(await catalog.revise(DATASET, changes)).toEqual({ kind: 'written' })
    expect(received.map(({ action }) => action)).toEqual(['package_revise'])
    expect(received[0]?.params).toEqual({
      match: { id: DATASET },
      [`match__resources__${A}__url`]: '"true"',
      [`match__resources__${A}__last_modified`]: '"2026-01-02T03:04:05"',
      [`update__resources__${A}`]: fields,
      'match__resources__an id of 2.10__id': '"an id of 2.10"',
      'match__resources__an id of 2.10__url': '"http://old/an id of 2.10"',
      'match__resources__an id of 2.10__last_modified': null,
      'update__resources__an id of 2.10': fields,
      include: '-*',
    })
  })

  it.each<[string, Reply]>([
    ['a resource has changed', failure(409, 'Validation Error', { match: ['resources__0__url'] })],
    [
      'a resource has changed, as CKAN 2.9 says it',
      failure(409, 'Validation Error', { message: [{ match: ['resources__0__last_modified'] }] }),
    ],
    [
      'a resource to match is gone',
      failure(400, 'Integrity Error', { message: `Unmatched key resources__${A}`, data: {} }),
    ],
    ['a resource to update is gone', failure(409, 'Validation Error', { [`resources__${A}`]: [`Unmatched key ${A}`] })],
    [
      'a resource to update is gone, as CKAN 2.9 says it',
      failure(409, 'Validation Error', { message: [{ [`resources__${A}`]: [`Unmatched key ${A}`] }] }),
    ],
    ['the dataset is gone', notFound],
  ])('is a conflict when %s', async (_, reply) => {
    const { catalog, received } = await start(() => reply)
    expect(await catalog.revise(DATASET, [change(A)])).toEqual({ kind: 'conflict' })
    expect(received).toHaveLength(1)
  })

  it('sends the write again after a broken connection, and reports the result of the second attempt', async () => {
    const { catalog } = await start((_call, index) =>
      index === 0 ? { cut: 'before' } : failure(409, 'Validation Error', { match: ['resources__0__url'] }),
    )
    expect(await catalog.revise(DATASET, [change(A)])).toEqual({ kind: 'conflict' })
  })

  describe('that CKAN refuses', () => {
    const package_show = success({ id: DATASET, resources: [shown(A), shown(B)] })
    const refusing = (errors: Readonly<Record<string, unknown>>, type = 'Validation Error', status = 409) =>
      start(byAction({ package_revise: failure(status, type, errors), package_show }))

    it('names the faulty resource and the reason', async () => {
      const { catalog } = await refusing({ resources: [{}, { size: ['Invalid integer'] }] })
      expect(await catalog.revise(DATASET, [change(A), change(B)])).toEqual({
        kind: 'refused',
        resourceIds: [B],
        message: `CKAN refused package_revise: resources[${B}].size: Invalid integer`,
      })
    })

    it('does not blame a change for the fault of another resource', async () => {
      const { catalog } = await refusing({ resources: [{}, { size: ['Invalid integer'] }] })
      expect(await catalog.revise(DATASET, [change(A)])).toMatchObject({
        kind: 'refused',
        resourceIds: [],
        message: expect.stringContaining(B),
      })
    })

    it('names all changed resources when the positions are unclear', async () => {
      const { catalog } = await refusing({ resources: { size: ['Invalid integer'] } })
      expect(await catalog.revise(DATASET, [change(A), change(B)])).toMatchObject({
        kind: 'refused',
        resourceIds: [A, B],
        message: expect.stringContaining('Invalid integer'),
      })
    })

    it.each([
      ['the dataset itself', { title: ['Missing value'] }, 'title: Missing value'],
      ["a field named match, which isn't a lost race", { match: ['Missing value'] }, 'match: Missing value'],
    ])('blames no resource for %s', async (_, errors, words) => {
      const { catalog } = await refusing(errors)
      expect(await catalog.revise(DATASET, [change(A)])).toEqual({
        kind: 'refused',
        resourceIds: [],
        message: `CKAN refused package_revise: ${words}`,
      })
    })

    it("passes on CKAN's other errors", async () => {
      const { catalog } = await refusing({ message: 'Unflattenable' }, 'Integrity Error', 400)
      expect(await catalog.revise(DATASET, [change(A)])).toMatchObject({
        kind: 'refused',
        message: 'CKAN refused package_revise: Unflattenable',
      })
    })
  })

  it.each(['bad__resource', 'resource_'])('says that CKAN cannot address %s, and sends nothing', async (id) => {
    const { catalog, received } = await start(() => success({}))
    expect(await catalog.revise(DATASET, [change(A), change(id)])).toMatchObject({
      kind: 'refused',
      resourceIds: [id],
      message: expect.stringContaining(`"${id}"`),
    })
    expect(received).toEqual([])
  })

  it('does not write to another resource whose id begins with the same characters', async () => {
    const package_show = success({ id: DATASET, resources: [shown('population-2020'), shown('population'), shown(A)] })
    const { catalog } = await start(
      byAction({
        package_revise: failure(409, 'Validation Error', { match: ['resources__0__id', 'resources__0__url'] }),
        package_show,
      }),
    )
    const revision = await catalog.revise(DATASET, [change('population'), change(A)])
    expect(revision).toMatchObject({
      kind: 'refused',
      resourceIds: ['population'],
      message: expect.stringContaining('"population"'),
    })
  })
})

describe('asking for a load', () => {
  it.each([
    ['xloader', true],
    ['xloader', false],
    ['datapusher', true],
  ] as const)('passes on that %s says %s', async (loader, result) => {
    const { catalog, received } = await start(() => success(result), loader)
    expect(await catalog.submit(A)).toBe(result)
    expect(received[0]).toMatchObject({ action: `${loader}_submit`, params: { resource_id: A } })
  })

  it('sends the call only once', async () => {
    const { catalog, received } = await start(() => ({ cut: 'before' }), 'xloader')
    await expect(catalog.submit(A)).rejects.toMatchObject({ code: 'unavailable' })
    expect(received).toHaveLength(1)
  })

  it('says when CKAN has no such loader', async () => {
    const { catalog } = await start(() => unknownAction, 'datapusher')
    await expect(catalog.submit(A)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('datapusher_submit'),
    })
  })

  it('says when no loader is configured', async () => {
    const { catalog, received } = await start(() => success(true))
    await expect(catalog.submit(A)).rejects.toMatchObject({ code: 'configuration' })
    expect(received).toEqual([])
  })
})
