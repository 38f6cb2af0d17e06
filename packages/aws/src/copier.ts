import { CopyObjectCommand } from '@aws-sdk/client-s3'
import { encodeRfc3986, GIB } from '@ckan-uplink/core/support'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { createImporter } from './importer.ts'
import { guard, undefinedOn } from './s3-answers.ts'
import type { StoreOptions } from './store-options.ts'

interface CopierOptions extends StoreOptions {
  /** A server without tags refuses the header that leaves them out. */
  readonly hasTags?: boolean
  /** The largest object that the server copies in one request. */
  readonly maxRequestBytes?: number
}

/** The gateway waits for the copy, and has 29 s for its answer. */
const MAX_BYTES = 50 * GIB
const PARTS_AT_ONCE = 64

/** Copies a larger object in parts. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export function createCopier({ hasTags = true, maxRequestBytes = 5 * GIB, ...options }: CopierOptions): ObjectCopier {
  const { client, bucket: Bucket } = options
  const importer = createImporter(options, { partsAtOnce: PARTS_AT_ONCE, maxPartBytes: maxRequestBytes })
  return {
    maxBytes: MAX_BYTES,
    async copy({ contentType, ...from }, to) {
      if (from.size > maxRequestBytes) {
        const prepared = await importer.copy({ bucket: Bucket, ...from }, { key: to, size: from.size, contentType })
        await prepared?.complete()
        return prepared !== undefined
      }
      const command = new CopyObjectCommand({
        Bucket,
        Key: to,
        CopySource: [Bucket, ...from.key.split('/')].map(encodeRfc3986).join('/'),
        CopySourceIfMatch: `"${from.etag}"`,
        // A scanner looks at the copy itself, and the gateway may not tag.
        ...(hasTags && { TaggingDirective: 'REPLACE' }),
      })
      return guard('copy to', to, async () => (await client.send(command).catch(undefinedOn(404, 412))) !== undefined)
    },
  }
}
