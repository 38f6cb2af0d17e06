import { describe, expect, it } from 'vitest'
import { checkCkan, checkToken, createCkanClient } from '../src/index.ts'
import { createFrozenClock, notFound, type Reply, startScriptedCkan, success } from './scripted-ckan.ts'

async function clientFor(reply: Reply) {
  const { url } = await startScriptedCkan(() => reply)
  return createCkanClient({ url, concurrency: 1, timeoutMs: 5000, clock: createFrozenClock() })
}

describe('readiness', () => {
  it.each([
    [{ ckan_version: '2.11.6' }, 'CKAN 2.11.6'],
    [{ site_title: 'Data' }, 'CKAN, which hides its version'],
  ])('names the CKAN behind %j', async (result, text) => {
    expect(await checkCkan(await clientFor(success(result)))).toBe(text)
  })

  it('says why CKAN is not ready', async () => {
    await expect(checkCkan(await clientFor({ status: 503, text: '' }))).rejects.toThrow(
      /answered status_show with 503/u,
    )
  })

  it.each([
    [true, "the service token is a sysadmin's"],
    [false, "the service token is not a sysadmin's: uploads are linked only where its user may update the dataset"],
  ])('says what the service token may do, and not whose it is (sysadmin: %s)', async (sysadmin, text) => {
    expect(await checkToken(await clientFor(success({ id: 'u1', name: 'uplink', sysadmin })), 'token')).toBe(text)
  })

  it.each([
    ['Authorization', 'X-CKAN-API-Key'],
    ['X-CKAN-API-Key', 'Authorization'],
    ['X-Portal-Token', 'X-CKAN-API-Key'],
  ])('finds that the token is sent in %s and read from %s, and says what to set', async (tokenHeader, read) => {
    const { url, received } = await startScriptedCkan(({ headers }) =>
      headers[read.toLowerCase()] === 'token' ? success({ id: 'u1', name: 'uplink', sysadmin: true }) : notFound,
    )
    const client = createCkanClient({ url, tokenHeader, concurrency: 1, timeoutMs: 5000, clock: createFrozenClock() })
    await expect(checkToken(client, 'token')).rejects.toMatchObject({
      code: 'token_invalid',
      message: expect.stringContaining(`set CKAN_TOKEN_HEADER to ${read}`),
    })
    expect(received.every(({ action }) => action === 'user_show')).toBe(true)
    const asked = received.length
    expect(
      await checkToken(createCkanClient({ url, tokenHeader: read, concurrency: 1, timeoutMs: 5000 }), 'token'),
    ).toBe("the service token is a sysadmin's")
    expect(received.length).toBe(asked + 1)
  })

  it('says what to do about a token that CKAN does not know', async () => {
    await expect(checkToken(await clientFor(notFound), 'token')).rejects.toMatchObject({
      code: 'token_invalid',
      message: expect.stringContaining('create a new token and give it to the service'),
    })
  })
})
