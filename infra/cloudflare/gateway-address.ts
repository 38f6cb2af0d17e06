import * as cloudflare from '@pulumi/cloudflare'
import type * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { attachPublicHost } from './public-host.ts'

interface Address {
  readonly environment: CloudflareEnvironment
  readonly zoneId: string | undefined
  readonly workerName: pulumi.Input<string>
}

/** Routes the gateway's host to the Worker, and watches its readiness if the entry has addresses for alarms. */
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
  // Cloudflare's own default, pinned: a path in another spelling must not bypass the rules and routes of its host.
  new cloudflare.UrlNormalizationSettings(name, { zoneId, type: 'cloudflare', scope: 'incoming' }, options)
  watchGateway(name, { environment, zoneId, hostname }, options)
}

/** https://developers.cloudflare.com/health-checks/ */
function watchGateway(
  name: string,
  {
    environment,
    zoneId,
    hostname,
  }: { readonly environment: CloudflareEnvironment; readonly zoneId: string; readonly hostname: string },
  options: pulumi.CustomResourceOptions,
): void {
  const { accountId, alarmEmails = [] } = environment
  if (alarmEmails.length === 0) return
  const check = new cloudflare.Healthcheck(
    name,
    {
      zoneId,
      name: `ckan-uplink-${name}`,
      address: hostname,
      type: 'HTTPS',
      httpConfig: { method: 'GET', path: '/readyz', port: 443, expectedCodes: ['200'] },
      interval: 60,
      timeout: 10,
      retries: 2,
      consecutiveFails: 3,
    },
    options,
  )
  new cloudflare.NotificationPolicy(
    name,
    {
      accountId,
      name: `ckan-uplink ${name} is not ready`,
      enabled: true,
      alertType: 'health_check_status_notification',
      filters: { healthCheckIds: [check.id], statuses: ['Unhealthy', 'Healthy'] },
      mechanisms: { emails: alarmEmails.map((id) => ({ id })) },
    },
    options,
  )
}
