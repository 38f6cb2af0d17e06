import { createInterface } from 'node:readline'
import { clientFrom, createAuthorizer, headerAdvice } from '@ckan-uplink/ckan'
import { askSecret, isSomebodyThere } from '@ckan-uplink/cli'
import { ConfigurationError } from '@ckan-uplink/core'
import { parseGrantSecrets, parseWebhookSecrets, type Settings } from '@ckan-uplink/core/settings'
import { environments } from '../environments.ts'
import { SECRET_FIELDS, type SecretField } from '../infra/common-environment.ts'
import { cloudOf } from '../infra/environment.ts'
import { settingsOf } from '../infra/environment-settings.ts'
import { findEnvironment } from '../infra/find-environment.ts'
import { runOrHelp } from './infra/exit-with.ts'

const HELP = `Stores a secret of an environment where its cloud keeps secrets, the first or a new value. It asks for the value
without showing it, or reads the first line of its input.

  npm run secret -- production ckanToken
  npm run secret -- production ckanToken < token.txt
  openssl rand -hex 32 | npm run secret -- production grantSecret
  echo whsec_$(openssl rand -base64 32) | npm run secret -- production webhookSecret

It asks CKAN whose a token is, and stores no token that CKAN does not know. --unchecked stores it without asking.`

/** `npm run secret -- <environment> <field>`. */
async function main(name = '', field = '', ...words: readonly string[]): Promise<number> {
  const environment = findEnvironment(environments, name)
  if (!isSecretField(field))
    throw new ConfigurationError([`There is no secret ${JSON.stringify(field)}: give ${SECRET_FIELDS.join(', ')}.`])
  const reference = environment[field]
  if (reference === undefined)
    throw new ConfigurationError([
      `${name} has no ${field}: add ${field}: { secret: '…' } with a name of your choice to the entry.`,
    ])
  const value = await readValue(`${field} of ${name} (not shown):`)
  if (!words.includes('--unchecked')) console.log(await checkValue(field, value, settingsOf(environment)))
  const whenUsed = await cloudOf(environment)?.storeSecret(name, environment, reference.secret, value)
  console.log(`Stored as ${reference.secret}. ${whenUsed}`)
  return 0
}

async function readValue(question: string): Promise<string> {
  if (isSomebodyThere()) return askSecret(question)
  for await (const line of createInterface(process.stdin)) if (line.trim() !== '') return line.trim()
  throw new Error('There is no value: give it on the terminal or as the input.')
}

/** Says what the value is. Throws if the deployment could not use it. */
async function checkValue(field: SecretField, value: string, settings: Settings): Promise<string> {
  if (field === 'grantSecret') {
    const { length } = parseGrantSecrets(value, field)
    return length === 1 ? 'One secret. CKAN needs the same.' : `${length} secrets: the gateway accepts both.`
  }
  if (field === 'webhookSecret') {
    const { length } = parseWebhookSecrets(value, field)
    return length === 1 ? 'One secret. Receivers need the same.' : `${length} secrets: each signs every event.`
  }
  const client = clientFrom(settings)
  const caller = await createAuthorizer(client).whoami(value)
  if (caller === undefined)
    throw new Error(`${settings.ckanUrl} does not know this token. Nothing was stored. ${headerAdvice(client)}`)
  if (caller.sysadmin) return `CKAN knows the token: it belongs to ${caller.name}, a sysadmin.`
  return `CKAN knows the token: it belongs to ${caller.name}, who is not a sysadmin. Uploads are linked only where ${caller.name} may update the dataset.`
}

function isSecretField(field: string): field is SecretField {
  return SECRET_FIELDS.some((known) => known === field)
}

await runOrHelp(HELP, main)
