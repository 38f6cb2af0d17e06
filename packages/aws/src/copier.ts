import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { encodeRfc3986, GIB } from '@ckan-uplink/core/support'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { guard, undefinedOn } from './s3-answers.ts'
import type { StoreOptions } from './store-options.ts'

/** A server without tags refuses the header that leaves them out. */
interface CopierOptions extends StoreOptions {
  readonly hasTags?: boolean
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function createCopier({ client, bucket: Bucket, hasTags = true }: CopierOptions): ObjectCopier {
  return {
    maxBytes: 5 * GIB,
    copy({ key, etag }, to) {
      const command = new CopyObjectCommand({
        Bucket,
        Key: to,
        CopySource: [Bucket, ...key.split('/')].map(encodeRfc3986).join('/'),
        CopySourceIfMatch: `"${etag}"`,
        // A scanner looks at the copy itself, and the gateway may not tag.
        ...(hasTags && { TaggingDirective: 'REPLACE' }),
      })
      return guard('copy to', to, async () => (await client.send(command).catch(undefinedOn(404, 412))) !== undefined)
    },
  }
}
