import type { Settings } from '@ckan-uplink/core'

/** Where something runs, as plain data: what an operator's commands have to know, and nothing secret. */
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
  /** As the linker has been told. */
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
  /** AWS chose the gateway's address as it made the API: only who looks there knows it. */
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
  /** The folder that has the storage's credentials. */
  readonly folder: string
  /** A sysadmin's, of the built-in CKAN. */
  readonly token?: string
}
