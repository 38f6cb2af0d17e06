import { describe, expect, it } from 'vitest'
import { EDITOR, OWNER_ID, PUBLIC_ID, startGateway } from '../support/gateway-fixture.ts'

const signed = async (filesStorage: string | undefined, fields: object, action = 'resource_upload') => {
  const { act } = startGateway({ settings: filesStorage === undefined ? {} : { filesStorage } })
  const { body } = await act(action, { id: PUBLIC_ID, ...fields }, EDITOR)
  return body.result.upload.headers['content-type']
}

describe('an upload URL of a site whose files are registered in CKAN', () => {
  it.each([
    ['the type of the name', { name: 'a.csv' }, 'text/csv'],
    ['the declared type', { name: 'a.bin', mimetype: 'application/x-own' }, 'application/x-own'],
    ['the type of the declared format', { name: 'table', format: 'CSV' }, 'text/csv'],
    ['the general type for an unknown name', { name: 'a.unknown' }, 'application/octet-stream'],
    ['the general type without a name', {}, 'application/octet-stream'],
  ])('has %s', async (_, fields, type) => {
    expect(await signed('uplink', fields)).toBe(type)
  })

  it('of an image has only the declared type, because images are not registered', async () => {
    const image = { id: OWNER_ID, name: 'a.png', size: 3 }
    expect(await signed('uplink', image, 'organization_upload')).toBe(
      await signed(undefined, image, 'organization_upload'),
    )
  })

  it('in parts gives the file the type, too', async () => {
    const { act, parts, store } = startGateway({ settings: { filesStorage: 'uplink' } })
    const begun: unknown[] = []
    const { begin } = parts
    parts.begin = async (wanted) => {
      begun.push(wanted.contentType)
      return begin(wanted)
    }
    expect(
      (await act('resource_upload', { id: PUBLIC_ID, name: 'a.csv', size: 9, multipart: true }, EDITOR)).status,
    ).toBe(200)
    expect(begun).toEqual(['text/csv'])
    expect(store.keys()).not.toEqual([])
  })
})

it('an upload URL of another site needs no headers for a name alone', async () => {
  expect(await signed(undefined, { name: 'a.csv' })).toBeUndefined()
})
