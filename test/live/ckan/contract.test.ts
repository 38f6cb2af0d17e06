import {
  type CkanSubject,
  describeAddResources,
  describeAuthorizer,
  describeCatalog,
  describeCkanBehaviour,
  describeDatasetLister,
  describeImages,
  describeViews,
} from '@ckan-uplink/testing/contracts'
import { liveSites } from '../support/sites.ts'

for (const site of liveSites()) {
  const { version, url, organization, tokens, xloader = false } = site
  const start = async (): Promise<CkanSubject> => ({
    version,
    url,
    organization,
    tokens,
    xloader,
    close: async () => {},
  })
  describeCkanBehaviour(`CKAN ${site.name}`, start)
  describeCatalog(`CKAN ${site.name}`, start)
  describeAuthorizer(`CKAN ${site.name}`, start)
  describeAddResources(`CKAN ${site.name}`, start)
  describeImages(`CKAN ${site.name}`, start)
  describeDatasetLister(`CKAN ${site.name}`, start)
  describeViews(`CKAN ${site.name}`, start)
}
