import { ConfigurationError } from '../errors.ts'
import type { SettingsReader } from './settings-reader.ts'

/** The present secret, and during a rotation the next or the former one. */
const MOST = 2
/** HS256 needs 256 random bits: 64 hex digits, or 43 characters of base64. */
const SECRET = /^[\w+/=-]{43,128}$/u
const SHORT_HEX = /^[0-9a-f]{1,63}$/iu
const ADVICE =
  'give one secret, or two separated by a comma, each of 256 random bits, as "openssl rand -hex 32" prints them.'

/** Reads the secrets with which CKAN's plugin signs grants. Empty if the setting is absent: then no grant is valid. */
export function readGrantSecrets(reader: SettingsReader, name: string): readonly string[] {
  const secrets = reader.list(name)
  // The message never repeats the value.
  if (secrets.length > 0 && !areSecrets(secrets)) reader.fault(`${name} holds no secrets for grants: ${ADVICE}`)
  return secrets
}

/** Reads the secrets from the text of a vault's secret. Throws `ConfigurationError`. */
export function parseGrantSecrets(text: string, name: string): readonly string[] {
  const secrets = text.split(',').map((secret) => secret.trim())
  if (!areSecrets(secrets)) throw new ConfigurationError([`${name} holds no secrets for grants: ${ADVICE}`])
  return secrets
}

function areSecrets(secrets: readonly string[]): boolean {
  return secrets.length <= MOST && secrets.every((secret) => SECRET.test(secret) && !SHORT_HEX.test(secret))
}
