import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readSettings, SettingsReader } from '@ckan-uplink/core/settings'
import { afterEach, describe, expect, it } from 'vitest'
import { gatewayChecks } from '../src/doctor/gateway-checks.ts'

let close = () => {}
afterEach(() => close())

/** Runs the check of the version against a gateway with this answer at `/healthz`. */
async function checkVersion(answer: object, version?: string) {
  const server = createServer((_request, response) => response.end(JSON.stringify(answer)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  close = () => server.close()
  const { port } = server.address() as AddressInfo
  const GATEWAY_URL = `http://127.0.0.1:${port}`
  const settings = readSettings(
    new SettingsReader({
      CKAN_URL: 'https://ckan.example.org',
      GATEWAY_URL,
      BUCKET_NAME: 'b',
      UPLINK_VERSION: version,
    }),
  )
  return gatewayChecks(settings)
    .find(({ name }) => name === 'version')
    ?.run()
}

describe('doctor', () => {
  it('sees that the deployment and the checkout have the same version', async () =>
    expect(await checkVersion({ status: 'ok', version: '1.0.0+abc' }, '1.0.0+abc')).toMatchObject({ state: 'right' }))

  it.each([
    [{ status: 'ok', version: '0.9.0+def' }, '0.9.0+def'],
    [{ status: 'ok' }, 'an earlier version'],
  ])('names the other version of a deployment that answers %j', async (answer, named) =>
    expect(await checkVersion(answer, '1.0.0+abc')).toMatchObject({
      state: 'hint',
      found: expect.stringContaining(named),
    }),
  )

  it('compares no version where the settings have none, as in the local edition', async () =>
    expect(await checkVersion({ status: 'ok' })).toBeUndefined())
})
