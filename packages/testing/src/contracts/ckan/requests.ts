import { describe, expect, it } from 'vitest'
import type { CkanApi } from './ckan-subject.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }

/** Tokens, methods, bodies and the shapes of CKAN's errors. */
export function describeRequests(ckan: () => CkanApi): void {
  const whoami = (headers: Record<string, string>) =>
    ckan().send('/api/3/action/user_show', { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: '{}' })

  describe('tokens', () => {
    it('are the whole Authorization header: with Bearer before it a caller is anonymous', async () => {
      const { editor } = ckan().tokens
      expect((await whoami({ Authorization: editor })).status).toBe(200)
      expect((await whoami({ Authorization: `Bearer ${editor}` })).status).toBe(404)
    })

    it('are read from X-CKAN-API-Key in 2.10 alone', async () => {
      expect((await whoami({ 'X-CKAN-API-Key': ckan().tokens.editor })).status).toBe(
        ckan().version === '2.10' ? 200 : 404,
      )
    })

    it('that CKAN does not know make the caller anonymous, which is 403 and never 401', async () => {
      const { id } = await ckan().newDataset()
      expect((await whoami({ Authorization: 'made-up' })).status).toBe(404)
      const init = {
        method: 'POST',
        headers: { ...JSON_TYPE, Authorization: 'made-up' },
        body: JSON.stringify({ id, notes: 'x' }),
      }
      const reply = await ckan().send('/api/3/action/package_patch', init)
      expect(reply.status).toBe(403)
      expect(reply.body).toMatchObject({
        success: false,
        error: { __type: 'Authorization Error', message: expect.stringMatching(/^Access denied/u) },
      })
    })

    it('are made for oneself, listed, and worthless once revoked', async () => {
      const { id } = await ckan().result('user_show', {}, 'outsider')
      const name = `contract ${crypto.randomUUID()}`
      expect((await ckan().call('api_token_create', { user: id, name }, 'member')).status).toBe(403)
      const { token } = await ckan().result('api_token_create', { user: id, name }, 'outsider')
      expect((await whoami({ Authorization: token })).body.result.id).toBe(id)
      const listed: { id: string; name: string }[] = await ckan().result('api_token_list', { user_id: id }, 'outsider')
      expect(listed.map((entry) => entry.name)).toContain(name)
      await ckan().result('api_token_revoke', { token }, 'outsider')
      expect((await whoami({ Authorization: token })).status).toBe(404)
    })
  })

  describe('requests', () => {
    it('are answered below /api/3/action and /api/action', async () => {
      for (const prefix of ['/api/3/action', '/api/action']) {
        const reply = await ckan().send(`${prefix}/status_show`)
        expect(reply.body).toMatchObject({
          success: true,
          help: expect.stringContaining('help_show'),
          result: { ckan_version: expect.any(String) },
        })
        expect(reply.body.result.ckan_version.startsWith(`${ckan().version}.`)).toBe(true)
        expect(reply.headers.get('content-type')).toMatch(/^application\/json/u)
      }
    })

    it('are explained at the address in their answer', async () => {
      const { help } = (await ckan().send('/api/3/action/status_show')).body
      const { pathname, search } = new URL(help)
      const explained = await ckan().send(pathname + search)
      expect(explained.body).toMatchObject({ success: true, result: expect.stringMatching(/\w/u) })
      const unknown = await ckan().send('/api/3/action/help_show?name=no_such_action')
      expect([unknown.status, unknown.body.error.__type]).toEqual([404, 'Not Found Error'])
      expect((await ckan().send('/api/3/action/help_show')).status).toBe(409)
    })

    it('tell the time in their Date header', async () => {
      const date = new Date((await ckan().send('/api/3/action/status_show')).headers.get('date') ?? '')
      expect(Math.abs(date.getTime() - Date.now())).toBeLessThan(60_000)
    })

    it('may be GET with a query where nothing is written', async () => {
      const { id } = await ckan().newDataset()
      expect((await ckan().send(`/api/3/action/package_show?id=${id}`)).body.result.id).toBe(id)
    })

    it('must be POST where something could be', async () => {
      const reply = await ckan().send('/api/3/action/package_revise?match__id=x')
      expect(reply.status).toBe(400)
      expect(reply.body).toMatch(/^Bad request(?: -|:) JSON Error: Invalid request. Please use POST method/u)
    })

    it('may be forms, and forms that are one JSON text', async () => {
      const { id } = await ckan().newDataset()
      const form = await ckan().send('/api/3/action/package_show', {
        method: 'POST',
        body: new URLSearchParams({ id }),
      })
      expect(form.body.result.id).toBe(id)
      const multipart = new FormData()
      multipart.set('id', id)
      expect(
        (await ckan().send('/api/3/action/package_show', { method: 'POST', body: multipart })).body.result.id,
      ).toBe(id)
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      const bare = await ckan().send('/api/3/action/package_show', {
        method: 'POST',
        headers,
        body: JSON.stringify({ id }),
      })
      expect(bare.body.result.id).toBe(id)
    })

    it('ignore the body beside a query', async () => {
      const [one, other] = [await ckan().newDataset(), await ckan().newDataset()]
      const init = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ id: other.id }) }
      expect((await ckan().send(`/api/3/action/package_show?id=${one.id}`, init)).body.result.id).toBe(one.id)
    })
  })

  describe('errors', () => {
    it('are a bare JSON text for an action that is not there', async () => {
      const reply = await ckan().call('no_such_action', {})
      expect(reply.status).toBe(400)
      expect(reply.body).toMatch(/^Bad request(?: -|:) Action name not known: no_such_action$/u)
    })

    it.each(['{"id":', '[]', '"text"', '5'])('are a bare JSON text for the body %s', async (body) => {
      const reply = await ckan().send('/api/3/action/package_show', { method: 'POST', headers: JSON_TYPE, body })
      expect(reply.status).toBe(400)
      expect(reply.body).toMatch(/^Bad request(?: -|:) JSON Error: /u)
    })

    it('are no JSON for another content type, except in 2.10', async () => {
      const reply = await ckan().send('/api/3/action/package_show', {
        method: 'POST',
        headers: { 'Content-Type': 'text/plain' },
        body: '{"id":"x"}',
      })
      expect(reply.status).toBe(ckan().version === '2.10' ? 400 : 415)
      expect(typeof reply.body).toBe(ckan().version === '2.10' ? 'string' : 'undefined')
    })

    it('are HTML for another route or method', async () => {
      const lost = await ckan().send('/api/3/no-such-route')
      expect([lost.status, lost.body]).toEqual([404, undefined])
      const deleted = await ckan().send('/api/3/action/package_show', { method: 'DELETE' })
      expect([deleted.status, deleted.body]).toEqual([405, undefined])
    })

    it('name the type for programs: not found, missing value', async () => {
      const lost = await ckan().call('package_show', { id: crypto.randomUUID() })
      expect(lost).toMatchObject({
        status: 404,
        body: { success: false, error: { __type: 'Not Found Error', message: expect.stringMatching(/^Not found/u) } },
      })
      const missing = await ckan().call('resource_show', {})
      expect(missing).toMatchObject({
        status: 409,
        body: { success: false, error: { __type: 'Validation Error', id: ['Missing value'] } },
      })
    })

    it('name each field of a dataset that is wrong', async () => {
      const reply = await ckan().call('package_create', { name: 'Not A Name!', owner_org: ckan().organization })
      expect(reply.status).toBe(409)
      expect(reply.body.error).toMatchObject({
        __type: 'Validation Error',
        name: [expect.stringContaining('lowercase')],
      })
      const taken = await ckan().newDataset()
      const again = await ckan().call('package_create', { name: taken.name, owner_org: ckan().organization })
      expect(again.body.error).toMatchObject({ name: ['That URL is already in use.'] })
      const unowned = await ckan().call('package_create', { name: `contract-${crypto.randomUUID()}` })
      expect(unowned.body.error).toMatchObject({ owner_org: ['An organization must be provided'] })
    })
  })
}
