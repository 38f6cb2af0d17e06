import { describePermissions } from '../../support/describe-permissions.ts'
import { liveSites } from '../support/sites.ts'

for (const site of liveSites())
  describePermissions(`CKAN ${site.name}`, async () => ({ ...site, close: async () => {} }))
