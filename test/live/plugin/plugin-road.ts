import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { restartCkan, restartWithLoader } from '../../../scripts/ckan/control.ts'
import { instanceOf } from '../../../scripts/ckan/instances.ts'
import type { Answer } from '../../support/ckan-calls.ts'
import { createPerson, logIn, newUser, type Person } from '../support/person.ts'
import { openRoad, type Road } from '../support/road.ts'
import type { Site } from '../support/sites.ts'

export interface PluginRoad extends Road {
  /** The secret of the gateway and of CKAN. */
  readonly secret: string
  /** A new user with this role, logged in. */
  enter(role?: 'editor' | 'member'): Promise<Person>
  /** What the plugin answers when a script of CKAN's pages asks for a grant. */
  askForGrant(person: Person, wanted: object): Promise<{ readonly status: number; readonly body: Answer }>
}

interface Extensions {
  /** The types of datasets of ckanext-scheming. */
  readonly schemas?: readonly string[]
  /** Whether the CKAN has xloader and its worker, also where the site has none. */
  readonly loads?: boolean
}

/** The whole way with a CKAN that has the plugin. `close` restarts the CKAN without it. */
export async function openPluginRoad(
  site: Site,
  more: Readonly<Record<string, string>> = {},
  { schemas = [], loads = false }: Extensions = {},
): Promise<PluginRoad> {
  const secret = randomBytes(32).toString('hex')
  const settings = { GRANT_SECRETS: secret, CKAN_SITE_URL: site.url, ALLOWED_ORIGINS: site.url, ...more }
  const road = await openRoad(site, { settings })
  const scheming = schemas.length > 0 ? ['scheming_datasets'] : []
  const loader = loads ? ['datastore', 'xloader'] : []
  const plugins = new Set([...instanceOf(site.name).plugins, 'resource_proxy', ...loader, ...scheming, 'uplink'])
  await (loads ? restartWithLoader : restartCkan)(site.name, {
    'ckan.plugins': [...plugins].join(' '),
    'scheming.dataset_schemas': schemas.join(' '),
    extra_template_paths: fileURLToPath(new URL('theme', import.meta.url)),
    'ckanext.uplink.gateway_url': `${road.gateway}/`,
    'ckanext.uplink.grant_secret': secret,
  })
  return {
    ...road,
    secret,
    async enter(role) {
      const person = createPerson()
      const user = await newUser(road, site, role)
      const [page] = (await person.open(`${site.url}/user/login`)).slice(-1)
      if (page) await logIn(person, page, user)
      return person
    },
    async askForGrant(person, wanted) {
      const [page] = (await person.open(`${site.url}/dataset/`)).slice(-1)
      const csrf = /<meta name="_csrf_token" content="([^"]*)"/u.exec(page?.text ?? '')?.[1] ?? ''
      const headers = { 'X-CSRFToken': csrf, Referer: site.url }
      const { status, text } = await person.post(`${site.url}/uplink/grant`, wanted, headers)
      return { status, body: JSON.parse(text) }
    },
    async close() {
      await restartCkan(site.name)
      await road.close()
    },
  }
}
