import { startCkanStandIn } from '@ckan-uplink/testing'
import { describeDatasetUpload } from './support/describe-dataset-upload.ts'

for (const version of ['2.10', '2.11', '2.12'] as const)
  describeDatasetUpload(`the stand-in as CKAN ${version}`, () => startCkanStandIn({ version }))
