import { startCkanStandIn } from '@ckan-uplink/testing'
import { describeSituations } from './support/describe-situations.ts'

/** CKAN's answer to a write after somebody has changed, for example, the dataset's name in the database. */
const REFUSAL = JSON.stringify({
  success: false,
  error: { __type: 'Validation Error', name: ['Must be purely lowercase alphanumeric (ascii) characters'] },
})

for (const version of ['2.10', '2.11', '2.12'] as const) {
  describeSituations(`the stand-in as CKAN ${version}`, async () => {
    const standIn = await startCkanStandIn({ version })
    const headers = { 'Content-Type': 'application/json' }
    const spoil = async () =>
      standIn.faults.add({ action: 'package_revise', effect: { status: 409, body: REFUSAL, headers }, times: 1 })
    return { ...standIn, spoil, isKept: false }
  })
}
