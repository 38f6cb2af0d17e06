import { createSigner } from '@ckan-uplink/cloudflare'
import { systemClock as clock } from '@ckan-uplink/core'

const signer = createSigner({
  endpoint: `https://${process.env['R2_ACCOUNT_ID']}.r2.cloudflarestorage.com`,
  accessKeyId: process.env['R2_ACCESS_KEY_ID'] ?? '',
  secretAccessKey: process.env['R2_SECRET_ACCESS_KEY'] ?? '',
  bucket: 'open-data',
  clock,
})

/** Takes exactly four bytes, once, within an hour. */
export const { url, headers } = await signer.signUpload({
  key: 'incoming/airports.csv',
  expiresInSeconds: 3600,
  createOnly: true,
  size: 4,
})
