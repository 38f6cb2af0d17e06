import type { Settings } from '@ckan-uplink/core'
import type { CloudAccess, CloudAccessOptions } from './clouds/cloud-access.ts'

/** A deployment as the commands of operators use it. It holds no secret. */
export interface Deployment {
  readonly name: string
  readonly settings: Settings
  /**
   * Asks the cloud for the gateway's address. Present if the cloud chose the address: then the settings hold a
   * placeholder.
   */
  findGateway?(): Promise<string>
  /** A sysadmin's token of the built-in CKAN. */
  readonly token?: string
  /** Opens the deployment with the operator's own credentials. Loads only the SDK of its cloud. */
  open(options: CloudAccessOptions): Promise<CloudAccess>
}
