import type { JsonObject } from '@ckan-uplink/core/support'
import type { LocalHandle } from '@ckan-uplink/local'
import { SAMPLE_IMAGES } from '@ckan-uplink/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLocalEdition } from './support/local-edition.ts'

let local: LocalHandle

beforeAll(async () => {
  local = await openLocalEdition()
})
afterAll(() => local?.close())

async function act(
  action: string,
  params: object,
  token = local.tokens?.admin,
): Promise<{ readonly status: number; readonly result: JsonObject }> {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: token }) }
  const response = await fetch(`${local.gateway}/api/3/action/${action}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(params),
  })
  return { status: response.status, result: JSON.parse(await response.text()).result }
}

/** Uploads like a client: the bytes and the given headers. */
async function upload(action: string, id: unknown, bytes: Uint8Array<ArrayBuffer>, token?: string): Promise<void> {
  const { result } = await act(action, { id, name: 'Logo 日本.png', size: bytes.length }, token)
  const { url, headers } = result['upload'] as { readonly url: string; readonly headers: Record<string, string> }
  expect((await fetch(url, { method: 'PUT', headers, body: bytes })).status).toBe(200)
}

async function imageOf(type: string, id: unknown): Promise<string> {
  return String((await act(`${type}_show`, { id })).result['image_url'] ?? '')
}

describe('images in the local edition', () => {
  it.each(['organization', 'group'] as const)(
    'of a %s appear in CKAN and can be downloaded by anybody; no other field changes',
    async (type) => {
      const fields = { name: `${type}-with-logo`, description: 'Words', extras: [{ key: 'k', value: 'v' }] }
      const { result: owner } = await act(`${type}_create`, fields)
      const before = (await act(`${type}_show`, { id: owner['id'] })).result
      for (const { mimetype, bytes } of [SAMPLE_IMAGES.png, SAMPLE_IMAGES.avif]) {
        const previous = await imageOf(type, owner['id'])
        await upload(`${type}_upload`, owner['name'], new Uint8Array(bytes))
        await expect.poll(() => imageOf(type, owner['id'])).not.toBe(previous)
        const image_url = await imageOf(type, owner['id'])
        const image = await fetch(image_url)
        expect([image.status, image.headers.get('content-type')]).toEqual([200, mimetype])
        expect(new Uint8Array(await image.arrayBuffer())).toEqual(new Uint8Array(bytes))
        expect((await act(`${type}_show`, { id: owner['id'] })).result).toEqual({
          ...before,
          image_url,
          image_display_url: image_url,
        })
      }
    },
  )

  it('of a user can be changed only by the user and by sysadmins', async () => {
    const { result: editor } = await act('user_show', {}, local.tokens?.editor)
    expect((await act('user_upload', { id: editor['id'], name: 'a.png', size: 7 }, local.tokens?.reader)).status).toBe(
      403,
    )
    await upload('user_upload', editor['name'], new Uint8Array(SAMPLE_IMAGES.jpeg.bytes), local.tokens?.editor)
    await expect.poll(() => imageOf('user', editor['id'])).toContain(`/images/user/${editor['id']}/`)
    expect((await fetch(await imageOf('user', editor['id']), { method: 'HEAD' })).headers.get('content-type')).toBe(
      'image/jpeg',
    )
  })
})
