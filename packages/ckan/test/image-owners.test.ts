import { RefusedError, UnavailableError } from '@ckan-uplink/core'
import { describe, expect, it } from 'vitest'
import { createAuthorizer, createCatalog, createCkanClient } from '../src/index.ts'
import {
  createFrozenClock,
  failure,
  forbidden,
  type Script,
  startScriptedCkan,
  success,
  unknownAction,
} from './scripted-ckan.ts'

const ID = 'aaaaaaaa-4c0a-4a5b-9a9e-0d3f8e0f0002'
const URL = 'https://up.example.org/images/organization/a/b/logo.png?v=0123456789abcdef'
const OWNER = { type: 'organization', id: ID } as const
const EXTRAS_FAULT = failure(409, 'Validation Error', { extras: [{ id: ['The input field id was not expected.'] }] })

async function start(script: Script) {
  const { url, received } = await startScriptedCkan(script)
  const client = createCkanClient({ url, concurrency: 4, timeoutMs: 5000, clock: createFrozenClock() })
  return { catalog: createCatalog(client, { token: 'service-token' }), authorizer: createAuthorizer(client), received }
}

describe('setting an image', () => {
  it.each(['organization', 'group', 'user'] as const)('patches only one field of the %s', async (type) => {
    const { catalog, received } = await start(() => success({}))
    await catalog.setImage({ type, id: ID }, URL)
    expect(received.map(({ action, params }) => [action, params])).toEqual([
      [`${type}_patch`, { id: ID, image_url: URL }],
    ])
  })

  it('includes the extras when CKAN refuses a patch without them (2.11.0 to 2.11.5)', async () => {
    const extras = [{ key: 'k', value: 'v', id: 'e1', group_id: ID, state: 'active' }]
    const { catalog, received } = await start(({ action, params }) => {
      if (action === 'organization_show') return success({ id: ID, extras })
      return params['extras'] === undefined ? EXTRAS_FAULT : success({})
    })
    await catalog.setImage(OWNER, URL)
    expect(received.at(-1)).toMatchObject({
      action: 'organization_patch',
      params: { id: ID, image_url: URL, extras: [{ key: 'k', value: 'v' }] },
    })
    expect(received).toHaveLength(3)
  })

  it.each([
    ['CKAN refuses the patch with extras as well', EXTRAS_FAULT, 3],
    ['another field is at fault', failure(409, 'Validation Error', { title: ['Missing value'] }), 1],
  ])('is refused when %s', async (_, reply, calls) => {
    const { catalog, received } = await start(({ action }) =>
      action === 'organization_show' ? success({ id: ID }) : reply,
    )
    await expect(catalog.setImage(OWNER, URL)).rejects.toThrow(RefusedError)
    expect(received).toHaveLength(calls)
  })
})

describe('the owner of an image', () => {
  it('is shown without its members', async () => {
    const { catalog, received } = await start(() =>
      success({ id: ID, state: 'active', image_url: 'logo.png', image_display_url: 'https://x/logo.png' }),
    )
    expect(await catalog.readImageOwner('group', ID)).toEqual({
      type: 'group',
      id: ID,
      state: 'active',
      imageUrl: 'logo.png',
    })
    expect(received[0]?.params).toMatchObject({ id: ID, include_users: false })
  })

  it('has no image when CKAN says null', async () => {
    const { catalog } = await start(() => success({ id: ID, image_url: null }))
    expect(await catalog.readImageOwner('user', ID)).toEqual({ type: 'user', id: ID, state: 'active', imageUrl: '' })
  })

  it("is not read from an answer that is not CKAN's", async () => {
    const { catalog } = await start(() => success([]))
    await expect(catalog.readImageOwner('user', ID)).rejects.toThrow(UnavailableError)
  })
})

describe('whether an image may be changed', () => {
  it.each([
    ['2.12', { type: ['Type cannot be updated'] }],
    ['2.10', { message: 'Typ kann nicht geändert werden' }],
  ])('is a yes when CKAN %s gets as far as to refuse the type', async (_, errors) => {
    const { authorizer, received } = await start(() => failure(409, 'Validation Error', errors))
    expect(await authorizer.mayUpdateImage('token', OWNER)).toBe(true)
    expect(received.map(({ action, params }) => [action, params])).toEqual([
      ['organization_patch', { id: ID, type: '__probe__' }],
    ])
  })

  it('is not confirmed when CKAN carries out the write, which then proves nothing', async () => {
    const { authorizer } = await start(() => success({}))
    expect(await authorizer.mayUpdateImage('token', OWNER)).toBe(false)
  })

  it('is unknown for a CKAN without the action', async () => {
    const { authorizer } = await start(() => unknownAction)
    await expect(authorizer.mayUpdateImage('token', OWNER)).rejects.toThrow(RefusedError)
  })

  it('of a user is checked with a name that no user can have', async () => {
    const errors = { name: ['Must be at least 2 characters long'], email: ['Email ! is not a valid format'] }
    const { authorizer, received } = await start(() => failure(409, 'Validation Error', errors))
    expect(await authorizer.mayUpdateImage('token', { type: 'user', id: ID })).toBe(true)
    expect(received.map(({ action, params }) => [action, params])).toEqual([
      ['user_patch', { id: ID, name: '!', email: '!' }],
    ])
  })

  it('of a user is denied when CKAN forbids the write, even to the user', async () => {
    const { authorizer } = await start(({ action }) =>
      action === 'user_show' ? success({ id: ID, name: 'jane', sysadmin: false }) : forbidden,
    )
    expect(await authorizer.mayUpdateImage('token', { type: 'user', id: ID })).toBe(false)
  })

  it('of a user is not confirmed when CKAN refuses another value', async () => {
    const { authorizer } = await start(() => failure(409, 'Validation Error', { id: ['Missing value'] }))
    await expect(authorizer.mayUpdateImage('token', { type: 'user', id: ID })).rejects.toThrow(RefusedError)
  })

  it.each(['organization', 'user'] as const)('of a %s is denied without a token, and without a call', async (type) => {
    const { authorizer, received } = await start(() => success({}))
    expect(await authorizer.mayUpdateImage('Bearer ', { type, id: ID })).toBe(false)
    expect(received).toEqual([])
  })
})
