import { startCkanStandIn } from '@ckan-uplink/testing'
import { describeDamage } from './support/describe-damage.ts'

for (const version of ['2.10', '2.11', '2.12'] as const) {
  describeDamage(`the stand-in as CKAN ${version}`, async () => ({
    ...(await startCkanStandIn({ version })),
    isKept: false,
  }))
}
