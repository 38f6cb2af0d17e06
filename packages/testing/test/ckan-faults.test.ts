import { type CkanStandIn, startCkanStandIn } from '@ckan-uplink/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('faults of the stand-in', () => {
  let ckan: CkanStandIn
  beforeEach(async () => {
    ckan = await startCkanStandIn()
  })
  afterEach(() => ckan.close())

  const call = (action: string, params: object = {}) => {
    const headers = { 'Content-Type': 'application/json', Authorization: ckan.tokens.editor }
    return fetch(`${ckan.url}/api/3/action/${action}`, { method: 'POST', headers, body: JSON.stringify(params) })
  }
  const setNotes = (notes: string) => call('package_patch', { id: ckan.dataset, notes })
  const notes = async () => (await (await call('package_show', { id: ckan.dataset })).json()).result.notes

  it('answer instead of the action, which then writes nothing, as often as told', async () => {
    ckan.faults.add({ action: 'package_patch', effect: { status: 503, headers: { 'Retry-After': '7' } }, times: 1 })
    const before = await notes()
    const refused = await setNotes('new')
    expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('content-type')]).toEqual([
      503,
      '7',
      'text/html; charset=utf-8',
    ])
    expect(await notes()).toBe(before)
    expect((await setNotes('new')).status).toBe(200)
    expect(await notes()).toBe('new')
  })

  it('answer after the action, which then has been written', async () => {
    ckan.faults.add({ action: 'package_patch', when: 'after', effect: { status: 500, body: '{"broken":' }, times: 1 })
    const answer = await setNotes('new')
    expect([answer.status, await answer.text()]).toEqual([500, '{"broken":'])
    expect(await notes()).toBe('new')
  })

  it('cut the connection before the write, and after it', async () => {
    const before = await notes()
    ckan.faults.add({ action: 'package_patch', effect: 'cut', times: 1 })
    await expect(setNotes('first')).rejects.toThrow()
    expect(await notes()).toBe(before)
    ckan.faults.add({ action: 'package_patch', when: 'after', effect: 'cut', times: 1 })
    await expect(setNotes('second')).rejects.toThrow()
    expect(await notes()).toBe('second')
  })

  it('strike every action until they are taken away', async () => {
    const heal = ckan.faults.add({ effect: { status: 502 } })
    expect([(await call('status_show')).status, (await setNotes('x')).status]).toEqual([502, 502])
    heal()
    expect((await call('status_show')).status).toBe(200)
    ckan.faults.add({ action: /^package_/u, effect: 'cut' })
    await expect(setNotes('x')).rejects.toThrow()
    expect((await call('status_show')).status).toBe(200)
    ckan.faults.reset()
    expect((await setNotes('x')).status).toBe(200)
  })

  it('hold the lock of a dataset while a write is delayed, and none for reading', async () => {
    const other = await (await call('package_create', { name: 'other', owner_org: ckan.organization })).json()
    const order: string[] = []
    const note = (name: string) => (response: Response) => order.push(`${name} ${response.status}`)
    const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const wait = () => {
      held.resolve()
      return released.promise
    }
    ckan.faults.add({ action: 'package_patch', effect: { wait }, times: 1 })
    const first = setNotes('first').then(note('first'))
    await held.promise
    const second = call('package_revise', { match: { id: ckan.dataset }, update: { notes: 'second' } }).then(
      note('second'),
    )
    await call('package_revise', { match: { id: other.result.id }, update: { notes: 'x' } }).then(note('other dataset'))
    await call('package_show', { id: ckan.dataset }).then(note('reading'))
    released.resolve()
    await Promise.all([first, second])
    expect(order).toEqual(['other dataset 200', 'reading 200', 'first 200', 'second 200'])
    expect(await notes()).toBe('second')
  })

  it('count calls, by action, and how many were under way at once', async () => {
    ckan.faults.reset()
    // Each call waits for the other two.
    const wait = () => expect.poll(() => ckan.faults.maxInFlight()).toBe(3)
    ckan.faults.add({ effect: { wait } })
    await Promise.all([call('status_show'), call('status_show'), call('user_show')])
    expect([
      ckan.faults.calls(),
      ckan.faults.calls('status_show'),
      ckan.faults.calls(/^user_/u),
      ckan.faults.maxInFlight(),
    ]).toEqual([3, 2, 1, 3])
    ckan.faults.reset()
    expect([ckan.faults.calls(), ckan.faults.maxInFlight()]).toEqual([0, 0])
  })
})
