import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { encodeRfc3986, GIB } from '@ckan-uplink/core/support'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { guard, undefinedOn } from './s3-answers.ts'
import type { StoreOptions } from './store-options.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function createCopier({ client, bucket: Bucket }: StoreOptions): ObjectCopier {
  return {
    maxBytes: 5 * GIB,
    copy({ key, etag }, to) {
      const command = new CopyObjectCommand({
        Bucket,
        Key: to,
        CopySource: [Bucket, ...key.split('/')].map(encodeRfc3986).join('/'),
        CopySourceIfMatch: `"${etag}"`,
      })
      return guard('copy to', to, async () => (await client.send(command).catch(undefinedOn(404, 412))) !== undefined)
    },
  }
}
