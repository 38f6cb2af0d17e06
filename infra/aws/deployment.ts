import { type App, CfnOutput, Stack, Tags } from 'aws-cdk-lib'
import { checkoutVersion } from '../checkout-version.ts'
import { Alarms } from './alarms.ts'
import { attachCommands } from './attach-bucket.ts'
import { type FunctionFolders, withBundledFunctions } from './bundle-functions.ts'
import { Dashboard } from './dashboard.ts'
import type { AwsEnvironment } from './entry.ts'
import { GatewayAddress } from './gateway-address.ts'
import { IngestPipeline } from './ingest-pipeline.ts'
import { isScanned, PlatformScans } from './platform-scans.ts'
import { UploadBucket } from './upload-bucket.ts'
import { UploadGateway } from './upload-gateway.ts'
import { WebhooksQueue } from './webhooks-queue.ts'

/** Declares all resources of an environment as one stack. */
export function createDeployment(app: App, name: string, environment: AwsEnvironment): Promise<Stack> {
  return withBundledFunctions((folders) => declareStack(app, name, environment, folders))
}

/** Does the same with functions that are already bundled. */
export function declareStack(app: App, name: string, environment: AwsEnvironment, folders: FunctionFolders): Stack {
  const { accountId: account, region, ckanUrl } = environment
  const stack = new Stack(app, `ckan-uplink-${name}`, {
    env: { account, region },
    // CloudFormation gives the tags of a stack to its resources. In the template they would fill every preview.
    tags: { version: checkoutVersion() },
    description: `ckan-uplink ${name}: uploads for ${ckanUrl}`,
  })
  Tags.of(stack).add('project', 'ckan-uplink')
  Tags.of(stack).add('environment', name)
  declareParts(stack, name, environment, folders)
  return stack
}

function declareParts(stack: Stack, name: string, environment: AwsEnvironment, folders: FunctionFolders): void {
  const address = new GatewayAddress(stack, 'GatewayAddress', { name, environment })
  const { api, gatewayUrl, apiEndpoint, dnsTarget } = address
  const { webhookUrls = [] } = environment
  const events = webhookUrls.length > 0 ? new WebhooksQueue(stack, 'Webhooks', { name }) : undefined
  const parts = { name, environment, folders, events }
  const pipeline = new IngestPipeline(stack, 'IngestPipeline', { ...parts, gatewayUrl })
  const { topic, queue, deadLetterQueue, linker, reconcile } = pipeline
  const { gateway } = new UploadGateway(stack, 'UploadGateway', { ...parts, address })
  const watched = { name, queue, deadLetterQueue, events, api, functions: { linker, gateway, reconcile } }
  new Alarms(stack, 'Alarms', { ...watched, environment })
  new Dashboard(stack, 'Dashboard', watched)
  const adopted = environment.adopt?.bucket === true
  // The bucket is last: S3 checks that it may publish, and no message waits for a linker that cannot be created.
  const uploads = adopted
    ? undefined
    : new UploadBucket(stack, 'UploadBucket', { environment, topicArn: topic.topicArn })
  uploads?.node.addDependency(pipeline)
  if (isScanned(environment))
    new PlatformScans(stack, 'PlatformScans', { environment, queue, deadLetterQueue, uploads })
  output(stack, {
    gatewayUrl,
    version: checkoutVersion(),
    bucket: environment.bucket,
    queue: queue.queueName,
    deadLetterQueue: deadLetterQueue.queueName,
  })
  output(stack, { apiEndpoint, dnsTarget, ...(adopted && attachCommands(environment, topic.topicArn)) })
}

/** The addresses and names of an environment: the outputs of every cloud first, then those of AWS alone. */
function output(stack: Stack, values: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(values)) if (value !== undefined) new CfnOutput(stack, name, { value })
}
