import { afterEach, describe, expect, it } from 'vitest'
import { EDITOR } from '../support/gateway-fixture.ts'
import { CKAN_ID, closeServers, OF_CKAN, startBeforeFiles as start } from '../support/start-before-files.ts'

const MIB = 1024 ** 2

afterEach(closeServers)

/** A part as clients of ckanext-files send it. */
function partForm(id: string, bytes: string, order: readonly string[] = ['id', 'part', 'upload']): FormData {
  const fields: Readonly<Record<string, string | File>> = { id, part: '0', upload: new File([bytes], 'a.csv') }
  const form = new FormData()
  for (const name of order) form.set(name, fields[name] ?? '')
  return form
}

describe('a part in a form', () => {
  it.each([
    ['the bytes last', ['id', 'part', 'upload']],
    ['the bytes first', ['upload', 'part', 'id']],
  ])('refuses bytes in a form without a call of CKAN: %s', async (_, order) => {
    const { begin, send, passed } = await start()
    const { id } = (await begin({ size: MIB, multipart: true })).body.result
    const body = partForm(id, 'a,b', order)
    const refused = await send('/api/3/action/files_multipart_update', { method: 'POST', body, token: EDITOR })
    const { error } = (await refused.json()) as { error: { upload: string[] } }
    expect([refused.status, error.upload[0]]).toEqual([409, expect.stringContaining('put the bytes to storage_data')])
    expect(passed()).toEqual([])
  })

  it('of another storage goes to CKAN with its bytes in a form', async () => {
    const { got, send, passed } = await start()
    const bytes = 'x'.repeat(MIB)
    const body = partForm(CKAN_ID, bytes)
    const sent = await send('/api/3/action/files_multipart_update', { method: 'POST', body, token: EDITOR })
    expect([await sent.json(), passed()]).toEqual([OF_CKAN, ['files_multipart_update']])
    expect(got()[0]?.body.toString()).toContain(bytes)
  })

  it('is not taken for the part of another upload by the content of its file', async () => {
    const { begin, send, passed } = await start()
    const { id } = (await begin({ size: MIB, multipart: true })).body.result
    const field = `Content-Disposition: form-data; name="id"\r\n\r\n${id}\r\n`
    const body = partForm(CKAN_ID, `a,b\r\n\r\n${field}`, ['upload', 'part', 'id'])
    await send('/api/3/action/files_multipart_update', { method: 'POST', body, token: EDITOR })
    expect(passed()).toEqual(['files_multipart_update'])
  })
})

describe('a request with bytes', () => {
  const CORE = ['files_file_show', 'files_file_create', 'files_file_register']
  const ONLY_EXTENSION = ['files_file_replace', 'files_resource_upload', 'files_multipart_update']
  const bytes = { id: CKAN_ID, name: 'a.csv', upload: 'a,b', location: 'a.csv', storage: 'default' }

  it.each([
    ['files_file_create', 'file_create'],
    ['files_file_register', 'file_register'],
  ])('goes to CKAN 2.12 by its own name: %s', async (action, own) => {
    const { act, passed } = await start('uplink', CORE)
    expect((await act(action, bytes, EDITOR)).body).toEqual(OF_CKAN)
    expect(passed()).toEqual([own])
  })

  it.each(ONLY_EXTENSION)('is refused with the remedy where CKAN 2.12 has no such action: %s', async (action) => {
    for (const [storage, remedy] of [
      ['uplink', 'send no bytes, for the storage uplink'],
      ['', 'install ckanext-files'],
    ] as const) {
      const { act, passed } = await start(storage, CORE)
      const { status, body } = await act(action, bytes, EDITOR)
      expect([status, body]).toEqual([400, expect.stringContaining(remedy)])
      expect(passed()).toEqual([])
    }
  })

  it.each(['files_file_create', ...ONLY_EXTENSION])('says that CKAN has no files: %s', async (action) => {
    const { act, passed } = await start('uplink', [...CORE, 'file_show'])
    const { status, body } = await act(action, bytes, EDITOR)
    expect([status, body]).toEqual([400, expect.stringContaining('This CKAN has no files')])
    expect((await act('files_file_create', { name: 'a.csv' }, EDITOR)).body).toEqual(body)
    expect(passed()).toEqual([])
  })
})
