import { describeDatasetUpload } from '../../support/describe-dataset-upload.ts'
import { liveSites } from '../support/sites.ts'

for (const site of liveSites())
  describeDatasetUpload(`CKAN ${site.name}`, async () => ({ ...site, close: async () => {} }))
