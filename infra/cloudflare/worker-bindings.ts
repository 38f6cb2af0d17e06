import { WEBHOOKS_BINDING } from '@ckan-uplink/cloudflare'
import type { WorkerName } from '@ckan-uplink/cloudflare/bundle'
import * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { BUCKET_BINDING, type SECRETS, workerVariables } from './worker.ts'
import type { WorkerBindings } from './workers-script.ts'

export interface WorkerBindingsArgs<W extends WorkerName> {
  readonly environment: CloudflareEnvironment
  readonly bucketName: pulumi.Input<string>
  /** The queue of events, if there are receivers. */
  readonly events: pulumi.Input<string> | undefined
  /** Without the plugin there is no secret of the plugin. */
  readonly secrets: Readonly<Partial<Record<(typeof SECRETS)[W][number], pulumi.Output<string>>>>
}

/** The bindings of a Worker: the bucket, its variables and its own secrets. */
export function workerBindings<W extends WorkerName>(
  worker: W,
  { environment, bucketName, events, secrets }: WorkerBindingsArgs<W>,
): WorkerBindings {
  const variables = Object.entries(workerVariables(worker, environment))
  return [
    { type: 'r2_bucket', name: BUCKET_BINDING, bucketName },
    ...(events === undefined ? [] : [{ type: 'queue', name: WEBHOOKS_BINDING, queueName: events }]),
    ...variables.map(([name, text]) => ({ type: 'plain_text', name, text })),
    ...Object.entries<pulumi.Output<string> | undefined>(secrets).flatMap(([name, text]) =>
      text === undefined ? [] : [{ type: 'secret_text', name, text: pulumi.secret(text) }],
    ),
  ]
}
