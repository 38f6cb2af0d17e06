import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signCheck } from '../../../test/live/plugin/sign-check.ts'
import { type CkanStandIn, startCkanStandIn } from '../src/index.ts'

const SECRET = 'c7'.repeat(32)
const GATEWAY = 'https://uploads.example.org'

describe('the question for the owner of a file', () => {
  let ckan: CkanStandIn
  const ids: Record<string, string> = {}
  beforeAll(async () => {
    ckan = await startCkanStandIn({ plugin: { secret: SECRET, gatewayUrl: GATEWAY }, extensions: ['files'] })
    for (const { id, name } of await act('user_list')) ids[name] = id
    ids['organization'] = (await act('organization_show', { id: ckan.organization })).id
  })
  afterAll(() => ckan.close())

  const act = async (action: string, fields: object = {}) => {
    const headers = { Authorization: ckan.tokens.admin, 'Content-Type': 'application/json' }
    const url = `${ckan.url}/api/3/action/${action}`
    return (await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(fields) })).json()).result
  }
  const ask = async (claims: object, secret = SECRET, url = ckan.url) => {
    const body = JSON.stringify({ request: signCheck(secret, GATEWAY, { storage: 'default', ...claims }) })
    const answer = await fetch(`${url}/uplink/check-file`, { method: 'POST', body })
    return { status: answer.status, ...(await answer.json()) }
  }

  it('is answered with ids, and with the organization whose quota counts', async () => {
    const sub = ids['admin']
    expect(await ask({ sub })).toMatchObject({ allowed: true, owner_type: 'user', owner_id: sub, owner_org: null })
    const owners = [
      ['package', ckan.dataset],
      ['resource', ckan.resources[0]],
      ['organization', ids['organization']],
    ] as const
    for (const [owner_type, owner_id] of owners)
      expect(await ask({ sub, owner_type, owner_id })).toMatchObject({
        allowed: true,
        owner_type,
        owner_id,
        owner_org: ids['organization'],
      })
    const byName = { sub, owner_type: 'organization', owner_id: ckan.organization }
    expect(await ask(byName)).toMatchObject({ owner_id: ids['organization'] })
  })

  it.each([
    ['user', 'editor', {}],
    ['place', 'admin', { owner_type: 'package', owner_id: 'none' }],
    ['place', 'admin', { owner_type: 'group', owner_id: 'city-council' }],
    ['place', 'admin', { owner_type: 'planet', owner_id: 'mars' }],
  ])('is answered with the reason %s for %s', async (reason, who, owner) => {
    expect(await ask({ sub: ids[who], ...owner })).toMatchObject({ status: 200, allowed: false, reason })
  })

  it('is for gateways with the secret alone, and needs a CKAN with files', async () => {
    expect(await ask({ sub: ids['admin'] }, 'd8'.repeat(32))).toMatchObject({ status: 403 })
    const bare = await startCkanStandIn({ plugin: { secret: SECRET, gatewayUrl: GATEWAY } })
    const headers = { Authorization: bare.tokens.admin }
    const { result } = await (await fetch(`${bare.url}/api/3/action/user_list`, { headers })).json()
    const sub = result.find(({ name }: { readonly name: string }) => name === 'admin').id
    expect(await ask({ sub }, SECRET, bare.url)).toMatchObject({ allowed: false, reason: 'files' })
    await bare.close()
  })
})
