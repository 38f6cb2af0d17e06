import { describeDamage } from '../../support/describe-damage.ts'
import { liveSites } from '../support/sites.ts'

for (const site of liveSites())
  describeDamage(`CKAN ${site.name}`, async () => ({ ...site, isKept: true, close: async () => {} }))
