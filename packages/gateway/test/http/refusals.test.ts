import * as v from 'valibot'
import { afterEach, describe, expect, it } from 'vitest'
import { uploadRecord } from '../../src/uploads/answers.ts'
import { EDITOR, PRIVATE_ID, PUBLIC_ID, READER, startGateway } from '../support/gateway-fixture.ts'
import { answerJson, startScriptedCkan } from '../support/scripted-ckan.ts'

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

const ADDRESS = '192.0.2.7'
const deps = { addressOf: () => ADDRESS }

describe('the log of a refusal', () => {
  it.each([
    ['resource_upload', { id: PUBLIC_ID }, READER, { status: 403, by: 'ruth', entity: PUBLIC_ID }],
    ['resource_upload', { id: PRIVATE_ID }, 'unknown-token', { status: 403 }],
    ['resource_upload', { id: PUBLIC_ID, size: -1 }, EDITOR, { status: 409, by: 'emma', entity: PUBLIC_ID }],
    ['upload_abort', { id: 'x' }, EDITOR, { status: 404, by: 'emma', entity: 'x' }],
    ['upload_list', {}, EDITOR, { status: 403, by: 'emma' }],
    ['resource_create', { package_id: 5 }, EDITOR, { status: 409, by: 'emma' }],
    ['resource_create', { package_id: 'd', url: 5 }, EDITOR, { status: 409, by: 'emma', entity: 'd' }],
    ['upload_show', { id: 'x'.repeat(70_000) }, EDITOR, { status: 413, by: 'emma' }],
    ['resource_upload', [], EDITOR, { status: 400, by: 'emma' }],
  ])('has one line with user, action, entity and address: %s', async (action, fields, token, facts) => {
    const { act, logged } = startGateway({ deps })
    await act(action, fields, token)
    const path = `/api/3/action/${action}`
    expect(logged).toEqual([
      {
        level: 'warn',
        event: 'request_refused',
        fields: { method: 'POST', path, action, ...facts, address: ADDRESS, reason: expect.any(String) },
      },
    ])
    expect(JSON.stringify(logged)).not.toMatch(/token"|-token/u)
  })

  it('holds neither query nor token, and stays short', async () => {
    const { send, logged } = startGateway({ deps })
    await send(`/uploads/${'x'.repeat(5000)}?sig=secret`, { token: 'secret-token' })
    await send(`/api/3/action/${'%20'.repeat(5000)}?sig=secret`, { token: 'secret-token' })
    expect(logged).toHaveLength(2)
    for (const line of logged) expect(JSON.stringify(line).length).toBeLessThan(1500)
    expect(JSON.stringify(logged)).not.toContain('secret')
  })

  it('is left out for paths that lead nowhere', async () => {
    const { send, logged } = startGateway({ deps })
    for (const path of ['/wp-login.php', `/resource/${PUBLIC_ID}/download/none.csv`]) await send(path)
    await send('/healthz', { method: 'DELETE' })
    expect(logged).toEqual([])
  })

  it('is there for what CKAN refuses, and for nothing else that CKAN answers', async () => {
    let status = 403
    const ckan = await startScriptedCkan((_, response) => answerJson(response, status, { success: false }))
    servers.push(ckan)
    const { send, logged } = startGateway({ deps, settings: { ckanUrl: ckan.url } })
    for (status of [403, 404, 409, 200]) await send('/api/3/action/package_show?id=x', { token: EDITOR })
    expect(logged).toMatchObject([{ event: 'request_refused', fields: { action: 'package_show', address: ADDRESS } }])
  })
})

describe('the log of an upload in parts', () => {
  it.each(['upload_complete', 'upload_abort'])('says who it was: %s', async (action) => {
    const { act, parts, logged, store } = startGateway({ deps })
    const { body } = await act('resource_upload', { id: PUBLIC_ID, size: 10, multipart: true }, EDITOR)
    const { id, key } = body.result.upload
    const record = v.parse(uploadRecord, store.json(`uplink/uploads/${id}.json`))
    parts.arrive({ key, id: record.multipart?.id ?? '' }, 1, 10)
    await act(action, { id }, EDITOR)
    const event = action === 'upload_complete' ? 'upload_completed' : 'upload_aborted'
    expect(logged.at(-1)).toMatchObject({ event, fields: { upload: id, resource: PUBLIC_ID, by: 'emma' } })
  })
})
