import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { ConfigurationError, messageOf } from '@ckan-uplink/core'
import { parseGrantSecrets, parseWebhookSecrets } from '@ckan-uplink/core/settings'
import { SHORT_TIMEOUTS } from './short-timeouts.ts'

/** After this time, the linker uses a renewed token without a deployment. */
const MAX_AGE_SECONDS = 300

const secrets = new SecretsProvider({ clientConfig: SHORT_TIMEOUTS })

/** The secret holds no token. AWS names accounts and roles in its errors, so only the operator may see the message. */
export class TokenSecretError extends ConfigurationError {
  /** The reason without these names, for everyone. */
  readonly publicReason: string
  constructor(fault: string, publicReason: string) {
    super([fault])
    this.publicReason = publicReason
  }
}

/** Reads the service's CKAN token, which the secret contains as plain text. Throws `TokenSecretError`. */
export async function readTokenSecret(secret: string): Promise<string> {
  const value = await secrets.get(secret, { maxAge: MAX_AGE_SECONDS }).catch((error: unknown) => {
    throw new TokenSecretError(
      `The secret ${secret} of CKAN_TOKEN_SECRET can't be read from Secrets Manager: ${messageOf(error)}`,
      isAbsentOrForbidden(error)
        ? 'The secret with the service token does not exist, or the linker may not read it: store the token under the name in ckanToken (npm run secret).'
        : 'The linker cannot read the service token from its secret: see "check_failed" in its log.',
    )
  })
  const token = typeof value === 'string' ? value.trim() : ''
  // The AWS console stores a secret as JSON unless its user chooses plain text.
  if (token === '' || /[\s{"]/u.test(token))
    throw new TokenSecretError(
      `The secret ${secret} of CKAN_TOKEN_SECRET is not a token: store only CKAN's token in it, as plain text.`,
      "The secret with the service token is not a token: store only CKAN's token in it, as plain text.",
    )
  return token
}

/** A role that may read only this secret gets the second error for a secret that does not exist. */
const ABSENT_OR_FORBIDDEN: readonly string[] = ['ResourceNotFoundException', 'AccessDeniedException']

function isAbsentOrForbidden(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ABSENT_OR_FORBIDDEN.includes(error.name) || isAbsentOrForbidden(error.cause)
}

/** Reads the secrets that CKAN's plugin shares, as plain text. Throws `ConfigurationError`. */
export async function readGrantSecret(secret: string): Promise<readonly string[]> {
  return parseGrantSecrets(await readText(secret, 'GRANT_SECRET'), `The secret ${secret} of GRANT_SECRET`)
}

/** Reads the secrets that sign events, as plain text. Throws `ConfigurationError`. */
export async function readWebhookSecret(secret: string): Promise<readonly string[]> {
  return parseWebhookSecrets(await readText(secret, 'WEBHOOK_SECRET'), `The secret ${secret} of WEBHOOK_SECRET`)
}

async function readText(secret: string, setting: string): Promise<string> {
  const value = await secrets.get(secret, { maxAge: MAX_AGE_SECONDS }).catch((error: unknown) => {
    throw new ConfigurationError([
      `The secret ${secret} of ${setting} can't be read from Secrets Manager: ${messageOf(error)}`,
    ])
  })
  return typeof value === 'string' ? value : ''
}
