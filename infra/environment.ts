import type { Settings } from '@ckan-uplink/core'

/** Every environment by its name, which is the name of its stack, too. */
export type Environments = Readonly<Record<string, Environment>>

/** One deployment on one cloud. */
export type Environment = CloudflareEnvironment | AwsEnvironment | AzureEnvironment

export type Provider = Environment['provider']

/** A secret by its name. Never the secret itself: this file is in git. */
interface SecretReference {
  /** In Pulumi's encrypted configuration (Cloudflare), in Secrets Manager (AWS), in Key Vault (Azure). */
  readonly secret: string
}

type DefaultedSettings = Partial<Omit<Settings, 'ckanUrl' | 'gatewayUrl' | 'bucket' | 'ckanConcurrency'>>

/** What every cloud needs to know; names and rules are those of the settings in docs/configuration.md. */
export interface CommonEnvironment extends DefaultedSettings {
  /** CKAN's address, as it answers without a redirect. */
  readonly ckanUrl: string
  /** The service's own CKAN token. */
  readonly ckanToken: SecretReference
  /** How many calls of the linker CKAN may see at once, all invocations together; two at least. */
  readonly ckanCallsAtOnce: number
  /** The gateway as the world sees it. */
  readonly gatewayUrl: string
  /** On Azure: the container. */
  readonly bucket: string
  /** Who is told when the deployment needs somebody. */
  readonly alarmEmails?: readonly string[]
  /** Whether the whole bucket is compared with CKAN each night; true when absent. */
  readonly reconcileNightly?: boolean
}

export interface CloudflareEnvironment extends CommonEnvironment {
  readonly provider: 'cloudflare'
  /** 32 hex digits. */
  readonly accountId: string
  /** The domain on Cloudflare that the gateway's host is in, such as `example.org`; none with `workers.dev`. */
  readonly zone?: string
  /**
   * How the gateway's host reaches the Worker: a custom domain, whose DNS record is made (the default); a route, where the
   * host has a proxied DNS record already; or the account's subdomain of workers.dev.
   */
  readonly gatewayBy?: 'custom-domain' | 'route' | 'workers.dev'
  /**
   * How the host of `publicBucketUrl` reaches the Worker: a custom domain, whose DNS record is made (the default); a route, where
   * the host has a proxied DNS record already; or `r2-domain`, a route before the R2 domain that an earlier version deployed.
   */
  readonly publicBy?: 'custom-domain' | 'route' | 'r2-domain'
  /** The queue's name; `ckan-uplink-<environment>` when absent. */
  readonly queue?: string
  /** What is there already and is to be taken over instead of being made. */
  readonly adopt?: { readonly bucket?: boolean; readonly queueId?: string }
}

export interface AwsEnvironment extends Omit<CommonEnvironment, 'gatewayUrl'> {
  readonly provider: 'aws'
  /** 12 digits. */
  readonly accountId: string
  readonly region: string
  /** The gateway as the world sees it; by `execute-api` the API's own address when absent. */
  readonly gatewayUrl?: string
  /**
   * How the gateway's host reaches the API: as its custom domain (the default); or not by this deployment, with
   * `execute-api`, which leaves the API with the address that AWS gives it, for a proxy of one's own or for a trial.
   */
  readonly gatewayBy?: 'custom-domain' | 'execute-api'
  /** Of the gateway's host, in Certificate Manager in the same region; for a custom domain. */
  readonly certificateArn?: string
  /** The zone in Route 53 that gets the gateway's DNS record; without one the record is made by hand. */
  readonly hostedZoneId?: string
  /** How many days the bucket keeps the bytes of objects that were removed or overwritten, by versions; no days when absent. */
  readonly keepRemovedDays?: number
  /**
   * A CloudFront distribution that may read the bucket's files: for deployments of an earlier version, until its origin is the
   * gateway.
   */
  readonly distributionArn?: string
  /** What is there already and is left as it is: the commands that attach it are among the outputs. */
  readonly adopt?: { readonly bucket?: boolean }
}

export interface AzureEnvironment extends CommonEnvironment {
  readonly provider: 'azure'
  /** A UUID. */
  readonly subscriptionId: string
  /** Such as `germanywestcentral`. */
  readonly location: string
  /** For this environment alone; its name is unique in all of Azure. */
  readonly storageAccount: string
  /** How many days the account keeps blobs that were removed or overwritten, by soft delete; no days when absent. */
  readonly keepRemovedDays?: number
  /** Where `ckanToken` is; made before, and never by a deployment. */
  readonly keyVault: { readonly name: string; readonly resourceGroup: string }
  /** The storage account and its container are there already, in this resource group: they are used as they are. */
  readonly adopt?: { readonly resourceGroup: string }
}
