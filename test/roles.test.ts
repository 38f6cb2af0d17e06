import { startCkanStandIn } from '@ckan-uplink/testing'
import { describeRoles } from './support/describe-roles.ts'

for (const version of ['2.10', '2.12'] as const)
  describeRoles(`the stand-in as CKAN ${version}`, () => startCkanStandIn({ version }))
