import { Provider } from '@pulumi/azure-native/provider.js'
import type * as pulumi from '@pulumi/pulumi'
import { packFunctions } from './code.ts'
import type { AzureEnvironment } from './entry.ts'
import { checkExisting } from './existing.ts'
import { hasWebhooks } from './function-app.ts'
import { IngestPipeline } from './ingest-pipeline.ts'
import { UploadBucket } from './upload-bucket.ts'
import { UploadGateway } from './upload-gateway.ts'
import { WebhooksQueue } from './webhooks-queue.ts'

/** The addresses and names of an environment, with the same output names on every cloud. */
export interface Deployment {
  readonly gatewayUrl: string
  readonly bucket: pulumi.Output<string>
  /** The event subscription, which has the role of the queue. */
  readonly queue: pulumi.Output<string>
  /** The container of dead letters. */
  readonly deadLetterQueue: pulumi.Output<string>
}

/** Declares all resources of an environment. If the secret or the adopted container is missing, throws before that. */
export async function createDeployment(
  name: string,
  environment: AzureEnvironment,
  code = packFunctions(),
): Promise<Deployment> {
  // The entry's subscription, independent of the subscription in `az login`.
  const provider = new Provider(name, { subscriptionId: environment.subscriptionId, location: environment.location })
  const [{ digest: codeDigest }] = await Promise.all([code, checkExisting(environment, { provider })])
  const options = { providers: [provider] }
  const uploads = new UploadBucket(name, environment, options)
  const events = hasWebhooks(environment) ? new WebhooksQueue(name, uploads, options) : undefined
  const parts = { environment, uploads, events, codeDigest }
  const gateway = new UploadGateway(name, parts, options)
  const { subscriptionName } = new IngestPipeline(name, { ...parts, gateway }, options)
  return {
    gatewayUrl: environment.gatewayUrl,
    bucket: uploads.bucketName,
    queue: subscriptionName,
    deadLetterQueue: uploads.deadLetterContainerName,
  }
}
