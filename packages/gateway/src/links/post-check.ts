import { UnavailableError } from '@ckan-uplink/core'
import { parseJson } from '@ckan-uplink/core/support'
import type { GatewayDeps } from '../deps.ts'
import { signCheck } from './sign-check.ts'

/** What CKAN's plugin said, or why the gateway could not ask it. */
type PluginAnswer =
  | { readonly isOk: boolean; readonly body: unknown; readonly fault: string }
  | { readonly isOk: false; readonly body?: never; readonly fault: string }

/** Puts a question to CKAN's plugin, at an address below `/uplink/`. Throws `UnavailableError`. */
export type PostCheck = (address: string, claims: Readonly<Record<string, unknown>>) => Promise<PluginAnswer>

/** Asks server to server, signed with the secret that CKAN and the gateway share. It costs CKAN one request. */
export function createPostCheck({
  settings: { ckanUrl, gatewayUrl, ckanTimeoutMs },
  clock,
  grantSecrets,
  fetch: send = (input, init) => fetch(input, init),
}: GatewayDeps): PostCheck {
  async function post(secret: string, address: string, claims: object): Promise<Response> {
    const request = await signCheck(secret, gatewayUrl, clock.now(), claims)
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ request }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ckanTimeoutMs),
    } as const
    const response = await send(`${ckanUrl}/uplink/${address}`, init).catch((cause: unknown) => {
      throw new UnavailableError(`CKAN does not answer /uplink/${address}.`, { cause })
    })
    const { status } = response
    if (status === 429 || status >= 500) throw new UnavailableError(`CKAN answered ${status} to /uplink/${address}.`)
    return response
  }

  return async (address, claims) => {
    const secrets = (await grantSecrets?.()) ?? []
    for (const secret of secrets) {
      const response = await post(secret, address, claims)
      const body = parseJson(await response.text())
      // During a rotation, CKAN may have the other secret.
      if (response.status !== 403) return { isOk: response.ok, body, fault: `CKAN answered ${response.status}` }
    }
    return { isOk: false, fault: secrets.length === 0 ? 'The gateway has no grantSecret' : 'CKAN has another secret' }
  }
}
