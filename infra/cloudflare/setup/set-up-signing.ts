import { cloudflareNames } from '../names.ts'
import { secretKeyOf, signingToken } from '../resources.ts'
import { snakeCased } from '../snake-cased.ts'
import { SECRETS } from '../worker.ts'
import type { Step } from './setup-tools.ts'

const [KEY_ID, SECRET_KEY] = SECRETS.gateway

interface Token {
  readonly id: string
  readonly name: string
}

/** The names of a Worker's secrets. */
export async function secretsOf({ environment, tools: { api } }: Step, scriptName: string): Promise<readonly string[]> {
  const path = `/accounts/${environment.accountId}/workers/scripts/${scriptName}/secrets`
  return (await api.call<readonly { readonly name: string }[]>('GET', path)).map(({ name }) => name)
}

/**
 * Gives the gateway a new token that signs URLs for this bucket alone, if it has none or needs another. Removes earlier
 * tokens of this name after that. The URLs that they have signed end with them.
 */
export async function setUpSigning(step: Step, isRenewal: boolean): Promise<void> {
  const { name, environment, tools } = step
  const { api, say } = tools
  const { gateway } = cloudflareNames(name, environment)
  const present = await secretsOf(step, gateway)
  if (!isRenewal && present.includes(KEY_ID) && present.includes(SECRET_KEY))
    return say('The gateway has a token that signs URLs.')
  const tokens = `/accounts/${environment.accountId}/tokens`
  const { name: tokenName, resources, ...policy } = signingToken(name, environment)
  const earlier = (await api.list<Token>(tokens)).filter((token) => token.name === tokenName)
  const policies = [{ ...(snakeCased(policy) as object), resources }]
  const made = await api.call<Token & { readonly value: string }>('POST', tokens, { name: tokenName, policies })
  const secrets = `/accounts/${environment.accountId}/workers/scripts/${gateway}/secrets`
  const put = (secret: string, text: string) => api.call('PUT', secrets, { name: secret, text, type: 'secret_text' })
  await put(KEY_ID, made.id)
  await put(SECRET_KEY, secretKeyOf(made.value))
  for (const { id } of earlier) await api.call('DELETE', `${tokens}/${id}`)
  say(`The gateway has a new token that signs URLs${earlier.length > 0 ? ', and the earlier one is gone' : ''}.`)
}
