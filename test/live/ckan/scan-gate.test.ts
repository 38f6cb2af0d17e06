import { describeScans } from '../../support/describe-scans.ts'
import { startClamd } from '../support/clamd.ts'
import { liveSitesNamed } from '../support/sites.ts'

const [site] = liveSitesNamed('2.11')
describeScans("scans by Debian's clamd for CKAN 2.11", startClamd, site)
