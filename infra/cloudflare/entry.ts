import type { CommonEnvironment, OwnFields } from '../common-environment.ts'

/** An entry of `environments.ts` on Cloudflare. Pulumi's encrypted configuration holds the secret of `ckanToken`. */
export interface CloudflareEnvironment extends CommonEnvironment {
  readonly provider: 'cloudflare'
  /** 32 hex digits. */
  readonly accountId: string
  /**
   * The domain on Cloudflare that contains the gateway's host, such as `example.org`. With `workers.dev` there is none.
   */
  readonly zone?: string
  /**
   * How the gateway's host reaches the Worker: as a custom domain, for which the deployment makes the DNS record (the
   * default); by a route, if the host already has a proxied DNS record; or as a subdomain of the account on
   * workers.dev.
   */
  readonly gatewayBy?: 'custom-domain' | 'route' | 'workers.dev'
  /**
   * How the host of `publicBucketUrl` reaches the Worker: as a custom domain, for which the deployment makes the DNS
   * record (the default); by a route, if the host already has a proxied DNS record; or with `r2-domain`, by a route in
   * front of the R2 domain that an earlier version deployed.
   */
  readonly publicBy?: 'custom-domain' | 'route' | 'r2-domain'
  /** The queue's name. Default: `ckan-uplink-<environment>`. */
  readonly queue?: string
  /** The destinations of Workers Observability that get logs and traces by OTLP, by the names in the dashboard. */
  readonly openTelemetry?: { readonly logs?: string; readonly traces?: string }
  /** Existing resources that the deployment takes over. */
  readonly adopt?: { readonly bucket?: boolean; readonly queueId?: string }
}

export const CLOUDFLARE_FIELDS = {
  accountId: true,
  zone: true,
  gatewayBy: true,
  publicBy: true,
  queue: true,
  openTelemetry: true,
  adopt: true,
} satisfies OwnFields<CloudflareEnvironment>
