import { startCkanStandIn } from '@ckan-uplink/testing'
import { describePermissions } from './support/describe-permissions.ts'

for (const version of ['2.10', '2.12'] as const)
  describePermissions(`the stand-in as CKAN ${version}`, () => startCkanStandIn({ version }))
