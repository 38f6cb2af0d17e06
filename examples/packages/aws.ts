import { createS3Client, createSigner } from '@ckan-uplink/aws'
import { systemClock as clock } from '@ckan-uplink/core'

// The region and the credentials come from the environment, as with any client of AWS.
const signer = createSigner({ client: createS3Client(), bucket: 'open-data', clock })

/** Takes exactly four bytes, once, within an hour. */
export const { url, headers } = await signer.signUpload({
  key: 'incoming/airports.csv',
  expiresInSeconds: 3600,
  createOnly: true,
  size: 4,
})
