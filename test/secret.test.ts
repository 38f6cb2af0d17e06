import { afterEach, describe, expect, it } from 'vitest'
import { createGuideMachine, type GuideMachine } from './support/guide-machine.ts'

let machine: GuideMachine | undefined
afterEach(async () => {
  await machine?.remove()
})

const GRANT = 'c0'.repeat(32)

describe('npm run secret', () => {
  it.each(['cloudflare', 'aws', 'azure'])('stores a first and a new value on %s', async (provider) => {
    machine = await createGuideMachine(provider)
    await machine.type(`
      sed -i "s/^    ckanCallsAtOnce/    grantSecret: { secret: 'grants' },\\n&/" environments.ts
      npm run secret -- production ckanToken
      echo ${GRANT} | npm run secret -- production grantSecret
      echo ${GRANT},${GRANT} | npm run secret -- production grantSecret`)
    const [token, ...grants] = await machine.secrets()
    expect(token).toMatch(new RegExp(`=${machine.token}$`, 'u'))
    expect(grants).toEqual([`grants=${GRANT}`, `grants=${GRANT},${GRANT}`])
  })

  it.each([
    ['a token that CKAN does not know', 'ckanToken', 'mistyped', 'does not know this token. Nothing was stored.'],
    ['nothing', 'ckanToken', '', 'There is no value'],
    [
      'a secret of another kind',
      'token',
      'x',
      'There is no secret "token": give ckanToken, grantSecret, webhookSecret.',
    ],
    ['a secret without a name in the entry', 'grantSecret', GRANT, 'production has no grantSecret: add'],
  ])('refuses %s', async (_, field, value, message) => {
    machine = await createGuideMachine('aws')
    await expect(machine.type(`echo '${value}' | npm run secret -- production ${field}`)).rejects.toThrow(message)
    expect(await machine.secrets()).toEqual([])
  })

  it('stores a token without asking CKAN if it is told to', async () => {
    machine = await createGuideMachine('azure')
    await machine.type('echo unknown | npm run secret -- production ckanToken --unchecked')
    expect(await machine.secrets()).toEqual(['ckan-token=unknown'])
  })
})
