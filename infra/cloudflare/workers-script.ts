import { COMPATIBILITY_DATE, STATIC_FILES_ROUTING } from '@ckan-uplink/cloudflare'
import * as cloudflare from '@pulumi/cloudflare'
import type * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { observabilityOf } from './observability.ts'
import { LIMITS } from './worker.ts'

export type WorkerBindings = readonly cloudflare.types.input.WorkersScriptBinding[]

export interface WorkersScriptArgs {
  readonly environment: CloudflareEnvironment
  readonly scriptName: string
  /** The Worker as one module. */
  readonly script: string
  readonly bindings: WorkerBindings
  /** The folder of the Worker's static files, if it has any. */
  readonly directory?: string
}

/** Declares a Worker of this deployment. */
export function createWorkersScript(
  name: string,
  { environment, scriptName, script, bindings, directory }: WorkersScriptArgs,
  options: pulumi.CustomResourceOptions,
): cloudflare.WorkersScript {
  return new cloudflare.WorkersScript(
    name,
    {
      accountId: environment.accountId,
      scriptName,
      content: script,
      mainModule: 'worker.js',
      compatibilityDate: COMPATIBILITY_DATE,
      limits: LIMITS,
      observability: observabilityOf(environment),
      bindings: [...bindings],
      ...(directory !== undefined && { assets: { directory, config: STATIC_FILES_ROUTING } }),
    },
    options,
  )
}
