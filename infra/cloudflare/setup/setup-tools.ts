import type { WorkerName } from '@ckan-uplink/cloudflare/bundle'
import type { CloudflareApi } from '../api.ts'
import type { CloudflareEnvironment } from '../entry.ts'

/** How a step of the set-up reaches Cloudflare and the operator. */
interface SetupTools {
  readonly api: CloudflareApi
  /** Deploys a Worker with Wrangler, with its host or its queue and schedules. Throws unless it succeeds. */
  deploy(worker: WorkerName): Promise<void>
  say(line: string): void
}

export interface Step {
  readonly name: string
  readonly environment: CloudflareEnvironment
  readonly tools: SetupTools
}
