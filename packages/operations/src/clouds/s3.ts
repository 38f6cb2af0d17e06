import { createS3Client, createSigner, createStore } from '@ckan-uplink/aws'
import { systemClock as clock } from '@ckan-uplink/core'
import type { CloudAccess } from './cloud-access.ts'

type Client = ReturnType<typeof createS3Client>

export interface R2Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Opens an S3 bucket, and describes uploads of browsers to it. */
export function openBucket(client: Client, bucket: string): Pick<CloudAccess, 'store' | 'urlOf' | 'uploadHeaders'> {
  const signer = createSigner({ client, bucket, clock })
  return {
    store: createStore({ client, bucket }),
    async urlOf(key) {
      const { url } = await signer.signUpload({ key, expiresInSeconds: 60, createOnly: true })
      return url.replace(/\?.*$/u, '')
    },
    uploadHeaders: ['content-type', 'if-none-match', 'x-amz-checksum-sha256'],
  }
}

/**
 * R2 through its S3 endpoint. Inside Cloudflare, a Worker's binding is used instead:
 * https://developers.cloudflare.com/r2/api/s3/api/
 */
export function openR2(endpoint: string, bucket: string, credentials: R2Credentials): ReturnType<typeof openBucket> {
  return openBucket(createS3Client({ endpoint, region: 'auto', forcePathStyle: true, credentials }), bucket)
}
