import type { CkanClient } from '@ckan-uplink/ckan'
import type { Settings } from '@ckan-uplink/core/settings'
import type { CloudAccess, CloudAccessOptions, EnvVars } from './clouds/cloud-access.ts'
import type { LogOptions, LogReader } from './clouds/log-reader.ts'
import type { Check } from './doctor/check.ts'

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
  /** Checks what the cloud would refuse only in the middle of a deployment. Absent for the local edition. */
  beforeDeploy?(client: CkanClient, env: EnvVars): Promise<readonly Check[]>
  /** Opens the logs with the operator's own credentials. Absent for the local edition. */
  openLogs?(options: LogOptions): Promise<LogReader>
  /** Opens the deployment with the operator's own credentials. Loads only the SDK of its cloud. */
  open(options: CloudAccessOptions): Promise<CloudAccess>
}
