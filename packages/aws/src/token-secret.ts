import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { ConfigurationError, messageOf } from '@ckan-uplink/core'
import { SHORT_TIMEOUTS } from './short-timeouts.ts'

/** After this time, the linker uses a renewed token without a deployment. */
const MAX_AGE_SECONDS = 300

const secrets = new SecretsProvider({ clientConfig: SHORT_TIMEOUTS })

/** Reads the service's CKAN token, which the secret contains as plain text. Throws `ConfigurationError`. */
export async function readTokenSecret(secret: string): Promise<string> {
  const value = await secrets.get(secret, { maxAge: MAX_AGE_SECONDS }).catch((error: unknown) => {
    throw new ConfigurationError([
      `The secret ${secret} of CKAN_TOKEN_SECRET can't be read from Secrets Manager: ${messageOf(error)}`,
    ])
  })
  const token = typeof value === 'string' ? value.trim() : ''
  // The AWS console stores a secret as JSON unless its user chooses plain text.
  if (token === '' || /[\s{"]/u.test(token))
    throw new ConfigurationError([
      `The secret ${secret} of CKAN_TOKEN_SECRET is not a token: store only CKAN's token in it, as plain text.`,
    ])
  return token
}
