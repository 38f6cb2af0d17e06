import { describeFiles } from '../../support/describe-files.ts'
import { liveSitesNamed } from '../support/sites.ts'

for (const site of liveSitesNamed('2.11-files', '2.12')) {
  const api = site.name === '2.12' ? 'core' : 'extension'
  describeFiles(`CKAN ${site.name}`, api, async () => ({ ...site, close: async () => {} }))
}
