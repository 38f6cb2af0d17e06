import { describeSituations } from '../../support/describe-situations.ts'
import { spoilDataset } from '../support/database.ts'
import { liveSites } from '../support/sites.ts'

for (const site of liveSites()) {
  const spoil = (dataset: string) => spoilDataset(site, dataset)
  describeSituations(`CKAN ${site.name}`, async () => ({ ...site, spoil, isKept: true, close: async () => {} }))
}
