import { afterEach, describe, expect, it } from 'vitest'
import { ACTIONS } from '../../src/openapi/index.ts'
import { GATEWAY, startGateway } from '../support/gateway-fixture.ts'
import { answerJson, startScriptedCkan } from '../support/scripted-ckan.ts'

const OF_CKAN = { success: true, result: 'from CKAN' }

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function start() {
  const ckan = await startScriptedCkan((_, response) => answerJson(response, 200, OF_CKAN))
  servers.push(ckan)
  const gateway = startGateway({ settings: { ckanUrl: ckan.url } })
  const read = async (query: string, init: RequestInit = {}) => {
    const response = await gateway.send(`/api/3/action/help_show${query}`, init)
    return { status: response.status, body: (await response.json()) as { help: string; result: string } }
  }
  return { ...gateway, ckan, read }
}

/** A request with a length, as every HTTP client sends it. */
const post = (body: string, type = 'application/json') => ({
  method: 'POST',
  body,
  headers: { 'Content-Type': type, 'Content-Length': String(body.length) },
})

describe('help_show', () => {
  it.each(ACTIONS.map(({ name }) => name))('answers the help address of %s without a token', async (name) => {
    const { act, read, ckan } = await start()
    const { help } = (await act(name, {})).body
    const { status, body } = await read(help.slice(`${GATEWAY}/api/3/action/help_show`.length))
    expect(status).toBe(200)
    expect(body).toMatchObject({ success: true, help: `${GATEWAY}/api/3/action/help_show?name=help_show` })
    const action = ACTIONS.find((one) => one.name === name)
    expect(body.result).toContain(`${action?.summary}.`)
    for (const field of Object.keys(action?.request.entries ?? {})) expect(body.result).toContain(`:param ${field}: `)
    expect(body.result).not.toContain('undefined')
    expect(ckan.seen).toEqual([])
  })

  it('says what each field is, as the docstrings of CKAN do', async () => {
    const { body } = await (await start()).read('?name=resource_upload')
    expect(body.result).toContain(':param id: The resource.\n:type id: string\n')
    expect(body.result).toContain(':param size: The size in bytes. (optional)\n:type size: integer\n')
    expect(body.result).toContain(':returns: Put the file to ')
    const many = (await (await start()).read('?name=dataset_upload')).body.result
    expect(many).toMatch(/:type files: list\n/u)
  })

  it.each([
    ['JSON', post('{"name": "upload_show"}')],
    ['a form', post('name=upload_show', 'application/x-www-form-urlencoded')],
  ])('reads the name from %s', async (_, init) => {
    const { read, ckan } = await start()
    expect((await read('', init)).body.result).toContain('Shows the record of an upload')
    expect(ckan.seen).toEqual([])
  })

  it.each([
    ['another action', '?name=package_show', {}],
    ['another action in JSON', '', post('{"name": "package_show"}')],
    ['no name', '', {}],
    ['a name that is a list', '', post('{"name": ["upload_show"]}')],
    ['a name of every object', '?name=constructor', {}],
    ['broken JSON', '', post('{"name":')],
    ['a long body', '', post(JSON.stringify({ name: 'upload_show', more: 'x'.repeat(2000) }))],
  ])('leaves %s to CKAN, unchanged', async (_, query, init: { body?: string }) => {
    const { read, ckan } = await start()
    expect((await read(query, init)).body).toEqual(OF_CKAN)
    expect(ckan.seen[0]?.path).toBe(`/api/3/action/help_show${query}`)
    expect(ckan.seen[0]?.body.toString()).toBe(init.body ?? '')
  })

  it('knows its own actions alone where the gateway passes nothing on', async () => {
    const { send } = startGateway({ settings: { passThrough: false } })
    expect((await send('/api/3/action/help_show?name=upload_show')).status).toBe(200)
    expect((await send('/api/3/action/help_show?name=package_show')).status).toBe(404)
  })
})
