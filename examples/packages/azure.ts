import { connectStorage, createSigner } from '@ckan-uplink/azure'
import { systemClock as clock } from '@ckan-uplink/core'

const { service, keys } = connectStorage({
  url: 'https://portal.blob.core.windows.net',
  accountKey: process.env['STORAGE_ACCOUNT_KEY'] ?? '', // or `identity`, from @azure/identity
  clock,
})
const signer = createSigner({ container: service.getContainerClient('open-data'), keys, clock })

/** Creates the blob within an hour and cannot replace it. Azure signs no size: the linker checks it. */
export const { url, headers } = await signer.signUpload({
  key: 'incoming/airports.csv',
  expiresInSeconds: 3600,
  createOnly: true,
})
