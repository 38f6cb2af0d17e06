import { encodeRfc3986, GIB } from '@ckan-uplink/core/support'
import type { ObjectCopier } from '@ckan-uplink/core/uploads'
import { askS3 } from './s3-request.ts'
import type { SignerOptions } from './signer.ts'

/** Copies through R2's S3 endpoint, because a Worker's binding cannot copy. */
export function createCopier(options: SignerOptions): ObjectCopier {
  return {
    maxBytes: 5 * GIB,
    async copy({ key, etag }, to) {
      const headers = {
        'x-amz-copy-source': `/${[options.bucket, ...key.split('/')].map(encodeRfc3986).join('/')}`,
        'x-amz-copy-source-if-match': `"${etag}"`,
      }
      const request = { operation: 'copy to', method: 'PUT', key: to, query: {}, headers } as const
      return (await askS3(options, request, () => true)) ?? false
    },
  }
}
