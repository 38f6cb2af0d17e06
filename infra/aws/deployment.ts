import { type App, CfnOutput, Stack, Tags } from 'aws-cdk-lib'
import type { AwsEnvironment } from '../environment.ts'
import { bundleFunctions, type FunctionFolders } from './bundle-functions.ts'
import { GatewayAddress } from './gateway-address.ts'
import { IngestPipeline } from './ingest-pipeline.ts'
import { UploadBucket } from './upload-bucket.ts'
import { UploadGateway } from './upload-gateway.ts'

/** Declares everything that an environment is made of, as one stack. */
export async function createDeployment(app: App, name: string, environment: AwsEnvironment, folders?: FunctionFolders): Promise<Stack> {
  const { accountId: account, region } = environment
  const stack = new Stack(app, `ckan-uplink-${name}`, { env: { account, region }, description: `ckan-uplink ${name}: uploads for ${environment.ckanUrl}` })
  declare(stack, name, environment, folders ?? (await bundleFunctions()))
  Tags.of(stack).add('project', 'ckan-uplink')
  Tags.of(stack).add('environment', name)
  return stack
}

function declare(stack: Stack, name: string, environment: AwsEnvironment, folders: FunctionFolders): void {
  const address = new GatewayAddress(stack, 'GatewayAddress', { name, environment })
  const { gatewayUrl } = address
  const pipeline = new IngestPipeline(stack, 'IngestPipeline', { name, environment, folders, gatewayUrl })
  // The bucket comes last: S3 asks whether it may publish, and no message waits for a linker that can't be made.
  new UploadBucket(stack, 'UploadBucket', { environment, topicArn: pipeline.topic.topicArn }).node.addDependency(pipeline)
  new UploadGateway(stack, 'UploadGateway', { name, environment, folders, address, queueUrl: pipeline.queue.queueUrl })
  output(stack, {
    gatewayUrl,
    bucket: environment.bucket,
    queue: pipeline.queue.queueName,
    deadLetterQueue: pipeline.deadLetterQueue.queueName,
    apiEndpoint: address.api.apiEndpoint,
    dnsTarget: address.dnsTarget,
  })
}

/** What an environment is reached by, the first four under the same names on every cloud. */
function output(stack: Stack, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) if (value !== undefined) new CfnOutput(stack, name, { value })
}
