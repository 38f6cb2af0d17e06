import * as cloudflare from '@pulumi/cloudflare'
import type * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'

/** Routes every path of the public host to the gateway's Worker: the bucket itself has no public access. */
export function attachPublicHost(
  name: string,
  {
    environment,
    zoneId,
    workerName,
  }: {
    readonly environment: CloudflareEnvironment
    readonly zoneId: string
    readonly workerName: pulumi.Input<string>
  },
  options: pulumi.CustomResourceOptions,
): void {
  const { accountId, publicBucketUrl, publicBy = 'custom-domain' } = environment
  if (publicBucketUrl === undefined) return
  const { hostname } = new URL(publicBucketUrl)
  if (publicBy === 'custom-domain')
    new cloudflare.WorkersCustomDomain(`${name}-public`, { accountId, hostname, service: workerName, zoneId }, options)
  // A route takes each request before the host's DNS record applies, so R2's own domain answers no request.
  else new cloudflare.WorkersRoute(`${name}-public`, { zoneId, pattern: `${hostname}/*`, script: workerName }, options)
}
