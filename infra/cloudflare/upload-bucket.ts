import * as cloudflare from '@pulumi/cloudflare'
import * as pulumi from '@pulumi/pulumi'
import { READER_CORS } from '../reader-cors.ts'
import { uploadOrigins } from '../upload-origins.ts'
import type { CloudflareEnvironment } from './entry.ts'

const DAY_SECONDS = 86_400
/** R2 itself keeps unfinished uploads for this time. */
const UNFINISHED_DAYS = 7

/** The request headers of browsers, which may also read them in the answer. R2 does not accept `*`. */
const UPLOAD_HEADERS = ['content-type', 'content-md5', 'if-none-match', 'x-amz-checksum-sha256']

/**
 * The private bucket with its CORS and lifecycle rules. `pulumi destroy` keeps it, so uploads are never deleted.
 */
export class UploadBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>

  constructor(
    name: string,
    { environment, zoneId }: { readonly environment: CloudflareEnvironment; readonly zoneId: string | undefined },
  ) {
    super('ckan-uplink:cloudflare:UploadBucket', name)
    const { accountId, publicBucketUrl, publicBy, adopt } = environment
    const bucket = new cloudflare.R2Bucket(
      name,
      { accountId, name: environment.bucket },
      {
        parent: this,
        retainOnDelete: true,
        // R2 chooses the location, and the provider would replace the bucket when it sees another.
        ignoreChanges: ['location', 'jurisdiction', 'storageClass'],
        ...(adopt?.bucket === true && { import: `${accountId}/${environment.bucket}/default` }),
      },
    )
    this.bucketName = bucket.name
    const common = { accountId, bucketName: bucket.name }
    new cloudflare.R2BucketCors(name, { ...common, rules: corsRules(uploadOrigins(environment)) }, { parent: this })
    new cloudflare.R2BucketLifecycle(name, { ...common, rules: lifecycleRules() }, { parent: this })
    // An earlier version deployed this. Only its DNS record is needed: the gateway's route answers at this host.
    if (publicBucketUrl !== undefined && zoneId !== undefined && publicBy === 'r2-domain') {
      const domain = new URL(publicBucketUrl).hostname
      new cloudflare.R2CustomDomain(name, { ...common, domain, zoneId, enabled: true, minTls: '1.2' }, { parent: this })
    }
    this.registerOutputs({ bucketName: this.bucketName })
  }
}

/** Pages of some origins upload, pages of all origins read. */
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
  return [uploads, readers]
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
