import { UnavailableError } from '@ckan-uplink/core'
import { parseJson } from '@ckan-uplink/core/support'
import { HTTPException } from 'hono/http-exception'
import * as v from 'valibot'
import type { GatewayDeps } from '../deps.ts'
import { signCheck } from './sign-check.ts'

const text = v.string()

/** What CKAN shows of a place to a user who may upload there. */
const allowed = v.object({
  allowed: v.literal(true),
  user: text,
  dataset: text,
  title: text,
  owner_org: v.optional(text),
  /** Null for a dataset. */
  resource: v.nullable(text),
  resource_name: v.optional(v.nullable(text)),
  size: v.optional(v.nullable(v.number())),
  url: text,
  last_modified: v.nullable(text),
  format: text,
})
const refused = v.object({
  allowed: v.literal(false),
  /** `user`: the user is not active, or may not change the place. `place`: CKAN has no such place. */
  reason: v.picklist(['user', 'place', 'no_file', 'refused']),
  message: v.optional(text),
})
const answer = v.variant('allowed', [allowed, refused])

export type CheckedPlace = v.InferOutput<typeof allowed>

/** A user and a place, by ids. `create` makes a resource of the dataset, as this user. */
export interface PlaceQuestion {
  readonly user: string
  readonly dataset: string
  readonly resource?: string | undefined
  readonly create?: { readonly id: string; readonly name: string }
}

/** Asks CKAN's plugin whether a user may upload to a place now. */
export type AskPlugin = (question: PlaceQuestion) => Promise<v.InferOutput<typeof answer>>

/** Asks server to server, signed with the secret that CKAN and the gateway share. It costs CKAN one request. */
export function createAskPlugin({
  settings: { ckanUrl, gatewayUrl, ckanTimeoutMs },
  clock,
  grantSecrets,
  fetch: send = (input, init) => fetch(input, init),
}: GatewayDeps): AskPlugin {
  async function ask(secret: string, question: PlaceQuestion): Promise<Response> {
    const request = await signCheck(secret, gatewayUrl, clock.now(), question)
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ request }),
      redirect: 'manual',
      signal: AbortSignal.timeout(ckanTimeoutMs),
    } as const
    const response = await send(`${ckanUrl}/uplink/check`, init).catch((cause: unknown) => {
      throw new UnavailableError('CKAN does not answer /uplink/check.', { cause })
    })
    const { status } = response
    if (status === 429 || status >= 500) throw new UnavailableError(`CKAN answered ${status} to /uplink/check.`)
    return response
  }

  return async (question) => {
    const secrets = (await grantSecrets?.()) ?? []
    for (const secret of secrets) {
      const response = await ask(secret, question)
      const said = v.safeParse(answer, parseJson(await response.text()))
      if (response.ok && said.success) return said.output
      // During a rotation, CKAN may have the other secret.
      if (response.status !== 403) throw withoutPlugin(`CKAN answered ${response.status}`)
    }
    throw withoutPlugin(secrets.length === 0 ? 'The gateway has no grantSecret' : 'CKAN has another secret')
  }
}

function withoutPlugin(reason: string): HTTPException {
  return new HTTPException(502, {
    message: `Upload links need the present plugin for CKAN and its secret. ${reason}. "doctor" says more.`,
  })
}
