import { ConfigurationError } from '../errors.ts'
import { isWebhookSecret } from '../events/signature.ts'
import { isLoopbackHost } from '../support/loopback.ts'
import type { SettingsReader } from './settings-reader.ts'

/** Each event is sent once to each receiver. */
const MOST_URLS = 10
/** The present secret, and during a rotation the next or the former one. */
const MOST_SECRETS = 2
const ADVICE =
  'give one secret, or two separated by a comma, each whsec_ and the base64 of 32 random bytes: echo whsec_$(openssl rand -base64 32)'

/** Reads the addresses of receivers. */
export function readWebhookUrls(reader: SettingsReader): readonly string[] {
  const urls = reader.list('WEBHOOK_URLS')
  if (urls.length > MOST_URLS) reader.fault(`WEBHOOK_URLS has ${urls.length} addresses: give ${MOST_URLS} at most.`)
  // The path may contain a secret of the receiver, so the message never repeats the value.
  for (const [index, url] of urls.entries())
    if (!isReceiver(url))
      reader.fault(
        `WEBHOOK_URLS has an address, number ${index + 1}, that is not https at the name of a host: give one such as https://hooks.example.org/uploads, without a user, a password and a fragment.`,
      )
  return urls
}

/** A receiver is a named host. Its addresses are checked when it is called. */
function isReceiver(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, hash } = new URL(text)
  if (username !== '' || password !== '' || hash !== '') return false
  if (isLoopbackHost(hostname)) return protocol === 'http:' || protocol === 'https:'
  return protocol === 'https:' && /\.[a-z][a-z\d-]*\.?$/u.test(hostname)
}

/** Reads the address of the queue of events. It has to be there if there are receivers. */
export function readEventQueueUrl(reader: SettingsReader, urls: readonly string[]): string | undefined {
  return urls.length > 0 ? reader.url('WEBHOOK_QUEUE_URL') : reader.optionalUrl('WEBHOOK_QUEUE_URL')
}

/** Reads the secrets that sign events. They have to be there if there are receivers. */
export function readWebhookSecrets(reader: SettingsReader, name: string, urls: readonly string[]): readonly string[] {
  const secrets = reader.list(name)
  if (urls.length > 0 || secrets.length > 0) {
    if (!areSecrets(secrets)) reader.fault(`${name} holds no secret for webhooks: ${ADVICE}`)
  }
  return secrets
}

/** Reads the secrets from the text of a vault's secret. Throws `ConfigurationError`. */
export function parseWebhookSecrets(text: string, name: string): readonly string[] {
  const secrets = text.split(',').map((secret) => secret.trim())
  if (!areSecrets(secrets)) throw new ConfigurationError([`${name} holds no secret for webhooks: ${ADVICE}`])
  return secrets
}

function areSecrets(secrets: readonly string[]): boolean {
  return secrets.length > 0 && secrets.length <= MOST_SECRETS && secrets.every(isWebhookSecret)
}
