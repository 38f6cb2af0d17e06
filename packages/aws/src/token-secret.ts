import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { ConfigurationError, messageOf } from '@ckan-uplink/core'
import { SHORT_TIMEOUTS } from './short-timeouts.ts'

/** So that a token that was renewed is taken up without a deployment. */
const MAX_AGE_SECONDS = 300

const secrets = new SecretsProvider({ clientConfig: SHORT_TIMEOUTS })

/** The service's CKAN token, which the secret holds as plain text; throws `ConfigurationError`. */
export async function readTokenSecret(secret: string): Promise<string> {
  const value = await secrets.get(secret, { maxAge: MAX_AGE_SECONDS }).catch((error: unknown) => {
    throw new ConfigurationError([
      `The secret ${secret} of CKAN_TOKEN_SECRET can't be read from Secrets Manager: ${messageOf(error)}`,
    ])
  })
  const token = typeof value === 'string' ? value.trim() : ''
  // The console makes JSON of a secret unless it is told to leave it plain.
  if (token === '' || /[\s{"]/u.test(token))
    throw new ConfigurationError([
      `The secret ${secret} of CKAN_TOKEN_SECRET is no token: let it hold CKAN's token alone, as plain text.`,
    ])
  return token
}
