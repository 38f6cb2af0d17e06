import * as cloudflare from '@pulumi/cloudflare'
import * as pulumi from '@pulumi/pulumi'
import { READER_CORS } from '../reader-cors.ts'
import type { CloudflareEnvironment } from './entry.ts'

const DAY_SECONDS = 86_400
/** As long as R2 itself keeps them. */
const UNFINISHED_DAYS = 7

/** What a browser may send with an upload, and see of the answer; R2 takes no `*` for headers. */
const UPLOAD_HEADERS = ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256']

/**
 * The bucket with its CORS and lifecycle rules, private.
 * It is never deleted with the rest: what people have uploaded stays.
 */
export class UploadBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>

  constructor(
    name: string,
    { environment, zoneId }: { readonly environment: CloudflareEnvironment; readonly zoneId: string | undefined },
  ) {
    super('ckan-uplink:cloudflare:UploadBucket', name)
    const { accountId, allowedOrigins = [], publicBucketUrl, publicBy, adopt } = environment
    const bucket = new cloudflare.R2Bucket(
      name,
      { accountId, name: environment.bucket },
      {
        parent: this,
        retainOnDelete: true,
        // R2 chooses the place, and the provider would replace the bucket when it learns of it.
        ignoreChanges: ['location', 'jurisdiction', 'storageClass'],
        ...(adopt?.bucket === true && { import: `${accountId}/${environment.bucket}/default` }),
      },
    )
    this.bucketName = bucket.name
    const common = { accountId, bucketName: bucket.name }
    new cloudflare.R2BucketCors(name, { ...common, rules: corsRules(allowedOrigins) }, { parent: this })
    new cloudflare.R2BucketLifecycle(name, { ...common, rules: lifecycleRules() }, { parent: this })
    // An earlier version deployed this. It stays for its DNS record alone: the gateway's route answers at this host.
    if (publicBucketUrl !== undefined && zoneId !== undefined && publicBy === 'r2-domain') {
      const domain = new URL(publicBucketUrl).hostname
      new cloudflare.R2CustomDomain(name, { ...common, domain, zoneId, enabled: true, minTls: '1.2' }, { parent: this })
    }
    this.registerOutputs({ bucketName: this.bucketName })
  }
}

/** Pages of the allowed origins upload, pages of all origins read. */
function corsRules(allowedOrigins: readonly string[]): cloudflare.types.input.R2BucketCorsRule[] {
  const { origins, methods, headers, exposed, maxAgeSeconds } = READER_CORS
  const uploads = {
    id: 'uploads',
    allowed: { origins: [...allowedOrigins], methods: ['PUT'], headers: UPLOAD_HEADERS },
    exposeHeaders: ['ETag'],
    maxAgeSeconds,
  }
  const readers = {
    id: 'readers',
    allowed: { origins: [...origins], methods: [...methods], headers: [...headers] },
    exposeHeaders: [...exposed],
    maxAgeSeconds,
  }
  return allowedOrigins.length === 0 ? [readers] : [uploads, readers]
}

function lifecycleRules(): cloudflare.types.input.R2BucketLifecycleRule[] {
  return [
    {
      id: 'abort-unfinished-uploads',
      enabled: true,
      conditions: { prefix: '' },
      abortMultipartUploadsTransition: { condition: { type: 'Age', maxAge: UNFINISHED_DAYS * DAY_SECONDS } },
    },
  ]
}
