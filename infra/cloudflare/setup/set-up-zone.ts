import { ConfigurationError } from '@ckan-uplink/core'
import { URL_NORMALIZATION, watchesOf } from '../resources.ts'
import { snakeCased } from '../snake-cased.ts'
import type { Step } from './setup-tools.ts'

interface Named {
  readonly id: string
  readonly name: string
}

/** Pins the zone's reading of paths, and watches the gateway if the entry has addresses for alarms. */
export async function setUpZone({ name, environment, tools: { api, say } }: Step): Promise<void> {
  const { accountId, zone, alarmEmails = [] } = environment
  if (zone === undefined) return
  const [found] = await api.call<readonly Named[]>('GET', `/zones?name=${zone}&account.id=${accountId}`)
  if (found === undefined)
    throw new ConfigurationError([
      `The zone ${zone} was not found in the account ${accountId}: add the domain to it, correct the entry, or give CLOUDFLARE_API_TOKEN the right Zone Read.`,
    ])
  await api.call('PUT', `/zones/${found.id}/url_normalization`, URL_NORMALIZATION)
  say(`The zone ${zone} reads paths as Cloudflare does by default.`)
  for (const { check, alarm } of watchesOf(name, environment)) {
    const { id } = await findOrMake(`/zones/${found.id}/healthchecks`, check)
    await findOrMake(`/accounts/${accountId}/alerting/v3/policies`, alarm(id))
    say(`Cloudflare asks the gateway's ${check.httpConfig.path}, and mails ${alarmEmails.join(', ')}.`)
  }

  /** The one with this name, changed to this, or a new one. */
  async function findOrMake(path: string, wanted: { readonly name: string }): Promise<Named> {
    const before = (await api.list<Named>(path)).find((one) => one.name === wanted.name)
    const body = snakeCased(wanted)
    return before
      ? { ...before, ...(await api.call<object>('PUT', `${path}/${before.id}`, body)) }
      : { ...wanted, ...(await api.call<{ readonly id: string }>('POST', path, body)) }
  }
}
