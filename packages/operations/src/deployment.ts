import type { Settings } from '@ckan-uplink/core'

/** A deployment as plain data: the facts that operator commands need, without secrets. */
export type Deployment = CloudflareDeployment | AwsDeployment | AzureDeployment | LocalDeployment

interface CommonDeployment {
  readonly name: string
  readonly settings: Settings
}

export interface CloudflareDeployment extends CommonDeployment {
  readonly provider: 'cloudflare'
  readonly accountId: string
  readonly queue: string
  readonly deadLetterQueue: string
  /** The linker's Worker. */
  readonly linker: string
  /** The retries that the linker assumes. */
  readonly maxRetries: number
}

export interface AwsDeployment extends CommonDeployment {
  readonly provider: 'aws'
  readonly region: string
  readonly topic: string
  readonly queue: string
  readonly deadLetterQueue: string
  /** The linker's function. */
  readonly linker: string
  /** AWS chose the gateway's address when it created the API. */
  readonly gatewayUnknown: boolean
}

export interface AzureDeployment extends CommonDeployment {
  readonly provider: 'azure'
  /** The blob endpoint. */
  readonly storageUrl: string
  /** The storage account's id: a path below Azure's management endpoint. */
  readonly storageAccount: string
  readonly deadLetterContainer: string
  /** The function app that Event Grid calls. */
  readonly linkerApp: string
  /** The id of Event Grid's subscription: a path below Azure's management endpoint. */
  readonly subscription: string
}

export interface LocalDeployment extends CommonDeployment {
  readonly provider: 'local'
  /** The storage's S3 endpoint. */
  readonly endpoint: string
  /** The folder with the storage's credentials. */
  readonly folder: string
  /** The token of a sysadmin of the built-in CKAN. */
  readonly token?: string
}
