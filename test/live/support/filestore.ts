import { expect, it } from 'vitest'
import type { Answer } from '../../support/ckan-calls.ts'

export interface FilestoreSubject {
  /** The public address of the gateway. */
  readonly gateway: string
  /** Of a user who may create datasets. */
  readonly token: string
  /** Fetches an address of the gateway. */
  open(url: string, init?: RequestInit): Promise<Response>
}

const CSV = 'city,people\nTokyo,13960000\n'

/** Tests the FileStore API with the calls of clients from the time of CKAN 1.8 to 2.8, on any cloud. */
export function testFilestore(subject: () => FilestoreSubject): void {
  const newLabel = (name = 'cities.csv') => `${new Date().toISOString().replace(/[:.]/gu, '')}/${name}`

  it('takes a file by the calls of ckanclient, and everybody reads it as an attachment', async () => {
    const label = newLabel()
    const location = await uploadAsCkanclient(subject(), label, CSV)
    expect(location).toBe(`${subject().gateway}/storage/f/${label}`)
    const file = await subject().open(location)
    expect([file.status, await file.text()]).toEqual([200, CSV])
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="cities.csv"/u)
    expect(file.headers.get('content-type')).toBe('text/csv')
    await expect(uploadAsCkanclient(subject(), label, 'other')).rejects.toThrow('409')
  })

  it('takes a file by a signed PUT of the owner, and lets everybody read it by a signed GET', async () => {
    const label = newLabel('日本語 (1).csv')
    const { protocol } = new URL(await readUrl(subject(), await uploadAsCkanclient(subject(), label, CSV)))
    const send = ({ host, path, method, headers }: Answer, body?: string) =>
      fetch(`${protocol}//${host}${path}`, { method, headers, ...(body !== undefined && { body }) })
    const changed = 'city,people\nOsaka,2750000\n'
    const sizes = { 'Content-Length': String(changed.length), 'Content-Type': 'text/csv' }
    const signed = await ask(subject(), `auth/request/${label}`, { method: 'PUT', ...sizes })
    expect((await send(signed, changed)).ok).toBe(true)
    const reading = await ask({ ...subject(), token: '' }, `auth/request/${label}?method=GET`)
    expect(await (await send(reading)).text()).toBe(changed)
    expect(await ask(subject(), `metadata/${label}`, { title: 'Cities' })).toMatchObject({
      title: 'Cities',
      _content_length: changed.length,
    })
  })
}

async function uploadAsCkanclient(subject: FilestoreSubject, label: string, content: string): Promise<string> {
  const form = await ask(subject, `auth/form/${label}`, {})
  const action = new URL(form.action, subject.gateway)
  const body = new FormData()
  for (const { name, value } of form.fields) body.set(name, value)
  body.set('file', new File([content], 'cities.csv'))
  const isCkan = action.origin === new URL(subject.gateway).origin
  const send = isCkan ? subject.open : fetch
  const headers = isCkan ? headersOf(subject) : {}
  const { status } = await send(action.href, { method: 'POST', body, headers })
  expect(status).toBe(200)
  return (await ask(subject, `metadata/${label}`))._location
}

async function readUrl(subject: FilestoreSubject, location: string): Promise<string> {
  return (await subject.open(location, { redirect: 'manual' })).headers.get('Location') ?? ''
}

async function ask(subject: FilestoreSubject, path: string, fields?: object): Promise<Answer> {
  const response = await subject.open(`${subject.gateway}/api/storage/${path}`, {
    headers: headersOf(subject),
    ...(fields && { method: 'POST', body: JSON.stringify(fields) }),
  })
  if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`)
  return response.json()
}

function headersOf({ token }: FilestoreSubject): Record<string, string> {
  return token === '' ? {} : { Authorization: token, 'X-CKAN-API-Key': token }
}
