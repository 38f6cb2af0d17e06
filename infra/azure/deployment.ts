import { Provider } from '@pulumi/azure-native/provider.js'
import type * as pulumi from '@pulumi/pulumi'
import { packFunctions } from './code.ts'
import type { AzureEnvironment } from './entry.ts'
import { checkExisting } from './existing.ts'
import { IngestPipeline } from './ingest-pipeline.ts'
import { UploadBucket } from './upload-bucket.ts'
import { UploadGateway } from './upload-gateway.ts'

/** What an environment is reached by, under the same names on every cloud. */
export interface Deployment {
  readonly gatewayUrl: string
  readonly bucket: pulumi.Output<string>
  /** The event subscription, which stands for a queue here. */
  readonly queue: pulumi.Output<string>
  /** The container of dead letters. */
  readonly deadLetterQueue: pulumi.Output<string>
}

/** Declares everything that an environment is made of. Throws before it declares anything when the secret, or what is to be adopted, isn't there. */
export async function createDeployment(
  name: string,
  environment: AzureEnvironment,
  code = packFunctions(),
): Promise<Deployment> {
  // Whichever subscription somebody is signed in to, it is the entry's that counts.
  const provider = new Provider(name, { subscriptionId: environment.subscriptionId, location: environment.location })
  const [{ digest: codeDigest }] = await Promise.all([code, checkExisting(environment, { provider })])
  const options = { providers: [provider] }
  const uploads = new UploadBucket(name, environment, options)
  const gateway = new UploadGateway(name, { environment, uploads, codeDigest }, options)
  const { subscriptionName } = new IngestPipeline(name, { environment, uploads, gateway, codeDigest }, options)
  return {
    gatewayUrl: environment.gatewayUrl,
    bucket: uploads.bucketName,
    queue: subscriptionName,
    deadLetterQueue: uploads.deadLetterContainerName,
  }
}
