import { randomBytes } from 'node:crypto'
import { restartCkan } from '../../../scripts/ckan/control.ts'
import { instanceOf } from '../../../scripts/ckan/instances.ts'
import { createPerson, logIn, newUser, type Person } from '../support/person.ts'
import { openRoad, type Road } from '../support/road.ts'
import type { Site } from '../support/sites.ts'

export interface PluginRoad extends Road {
  /** The secret of the gateway and of CKAN. */
  readonly secret: string
  /** A new user with this role, logged in. */
  enter(role?: 'editor' | 'member'): Promise<Person>
}

/** The whole way with a CKAN that has the plugin. `close` restarts the CKAN without it. */
export async function openPluginRoad(site: Site): Promise<PluginRoad> {
  const secret = randomBytes(32).toString('hex')
  const road = await openRoad(site, { settings: { GRANT_SECRETS: secret, CKAN_SITE_URL: site.url } })
  await restartCkan(site.name, {
    'ckan.plugins': [...instanceOf(site.name).plugins, 'uplink'].join(' '),
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
    async close() {
      await restartCkan(site.name)
      await road.close()
    },
  }
}
