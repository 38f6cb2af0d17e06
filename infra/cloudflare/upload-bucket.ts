import * as cloudflare from '@pulumi/cloudflare'
import * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { corsRules, lifecycleRules } from './resources.ts'

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
    new cloudflare.R2BucketCors(name, { ...common, rules: corsRules(environment) }, { parent: this })
    new cloudflare.R2BucketLifecycle(name, { ...common, rules: lifecycleRules() }, { parent: this })
    // An earlier version deployed this. Only its DNS record is needed: the gateway's route answers at this host.
    if (publicBucketUrl !== undefined && zoneId !== undefined && publicBy === 'r2-domain') {
      const domain = new URL(publicBucketUrl).hostname
      new cloudflare.R2CustomDomain(name, { ...common, domain, zoneId, enabled: true, minTls: '1.2' }, { parent: this })
    }
    this.registerOutputs({ bucketName: this.bucketName })
  }
}
