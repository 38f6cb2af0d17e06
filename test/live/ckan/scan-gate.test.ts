import { expect, it } from 'vitest'
import { scanWithClamd } from '../../../packages/operations/src/scan/clamd.ts'
import { describeScans } from '../../support/describe-scans.ts'
import { startClamd } from '../support/clamd.ts'
import { liveSitesNamed } from '../support/sites.ts'

const [site] = liveSitesNamed('2.11')
describeScans("scans by Debian's clamd for CKAN 2.11", () => startClamd(), site)

it('refuses a clamd that says OK for a file beyond its limits', async () => {
  const clamd = await startClamd({ alerts: false })
  try {
    const scan = scanWithClamd({ path: clamd.address }, (async function* () {})())
    await expect(scan).rejects.toThrow('set AlertExceedsMax yes')
  } finally {
    await clamd.close()
  }
})
