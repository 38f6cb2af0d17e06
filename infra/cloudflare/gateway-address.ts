import * as cloudflare from '@pulumi/cloudflare'
import type * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { attachPublicHost } from './public-host.ts'
import { URL_NORMALIZATION, watchesOf } from './resources.ts'

interface Address {
  readonly environment: CloudflareEnvironment
  readonly zoneId: string | undefined
  readonly workerName: pulumi.Input<string>
}

/** Routes the gateway's host to the Worker, and watches it if the entry has addresses for alarms. */
export function attachGateway(name: string, address: Address, options: pulumi.CustomResourceOptions): void {
  const { environment, zoneId, workerName } = address
  const { accountId, gatewayBy = 'custom-domain', gatewayUrl } = environment
  const { hostname } = new URL(gatewayUrl)
  new cloudflare.WorkersScriptSubdomain(
    name,
    { accountId, scriptName: workerName, enabled: gatewayBy === 'workers.dev', previewsEnabled: false },
    options,
  )
  if (zoneId === undefined) return
  if (gatewayBy === 'custom-domain')
    new cloudflare.WorkersCustomDomain(name, { accountId, hostname, service: workerName, zoneId }, options)
  if (gatewayBy === 'route')
    new cloudflare.WorkersRoute(name, { zoneId, pattern: `${hostname}/*`, script: workerName }, options)
  attachPublicHost(name, { environment, zoneId, workerName }, options)
  new cloudflare.UrlNormalizationSettings(name, { zoneId, ...URL_NORMALIZATION }, options)
  watchGateway(name, { environment, zoneId }, options)
}

function watchGateway(
  name: string,
  { environment, zoneId }: { readonly environment: CloudflareEnvironment; readonly zoneId: string },
  options: pulumi.CustomResourceOptions,
): void {
  const { accountId } = environment
  for (const { id, check, alarm } of watchesOf(name, environment)) {
    const made = new cloudflare.Healthcheck(id, { zoneId, ...check }, options)
    new cloudflare.NotificationPolicy(id, { accountId, ...alarm(made.id) }, options)
  }
}
