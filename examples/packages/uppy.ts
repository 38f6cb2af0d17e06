import { CkanUplink, type CkanUplinkBody } from '@ckan-uplink/uppy'
import Uppy, { type Meta } from '@uppy/core'

/** Makes an Uppy for a dataset. `askToken` gives a token of CKAN, and is called again before it can expire. */
export function createUppy(dataset: string, askToken: () => Promise<string>): Uppy<Meta, CkanUplinkBody> {
  const uppy = new Uppy<Meta, CkanUplinkBody>()
  uppy.use(CkanUplink, { gateway: 'https://uploads.example.org', dataset, token: askToken })
  uppy.on('upload-success', (file, { uploadURL, body }) => {
    console.log(`${file?.name} is resource ${body?.resource} of CKAN: ${uploadURL}`)
  })
  return uppy
}
