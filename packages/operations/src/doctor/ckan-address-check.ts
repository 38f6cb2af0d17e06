import type { Settings } from '@ckan-uplink/core/settings'
import { type Check, request, right, wrong } from './check.ts'

/** Checks that CKAN answers at the address of the entry, without a redirect. */
export function ckanAddressCheck({ ckanUrl }: Pick<Settings, 'ckanUrl'>): Check {
  return {
    name: 'CKAN',
    adviceOnError: 'Check ckanUrl: no CKAN answers there. The cloud has to reach it, too.',
    async run() {
      const response = await request(`${ckanUrl}/api/3/action/status_show`)
      const location = response.headers.get('Location')
      if (location !== null)
        return wrong(
          `${ckanUrl} redirects to ${location}.`,
          'Set ckanUrl to the address that answers without a redirect.',
        )
      const answer: unknown = await response.json().catch(() => undefined)
      if (response.ok && JSON.stringify(answer)?.includes('"success":true')) return right(`${ckanUrl} answers`)
      return wrong(`${ckanUrl} answers ${response.status}, which is not the answer of a CKAN.`, 'Correct ckanUrl.')
    },
  }
}
