import { describeRoles } from '../../support/describe-roles.ts'
import { liveSites } from '../support/sites.ts'

for (const site of liveSites()) describeRoles(`CKAN ${site.name}`, async () => ({ ...site, close: async () => {} }))
