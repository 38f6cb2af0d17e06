import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorker } from '@ckan-uplink/cloudflare/bundle'
import { staticFiles, writeFiles } from '@ckan-uplink/static-files'
import * as pulumi from '@pulumi/pulumi'
import type { CloudflareEnvironment } from './entry.ts'
import { IngestPipeline } from './ingest-pipeline.ts'
import { UploadBucket } from './upload-bucket.ts'
import { UploadGateway } from './upload-gateway.ts'
import { createWebhooksQueue } from './webhooks-queue.ts'
import { hasWebhooks } from './worker.ts'
import { findZone } from './zone.ts'

/** The addresses and names of an environment, with the same output names on every cloud. */
export interface Deployment {
  readonly gatewayUrl: string
  readonly bucket: pulumi.Output<string>
  readonly queue: pulumi.Output<string>
  readonly deadLetterQueue: pulumi.Output<string>
}

/** Declares all resources of an environment. If the zone is not found, throws before that. */
export async function createDeployment(name: string, environment: CloudflareEnvironment): Promise<Deployment> {
  const [zoneId, gateway, linker, directory] = await Promise.all([
    findZone(environment),
    bundleWorker('gateway'),
    bundleWorker('linker'),
    writeStaticFiles(),
  ])
  const config = new pulumi.Config()
  const ckanToken = config.requireSecret(environment.ckanToken.secret)
  const grantSecret = environment.grantSecret && config.requireSecret(environment.grantSecret.secret)
  const webhookSecret = environment.webhookSecret && config.requireSecret(environment.webhookSecret.secret)
  const events =
    webhookSecret && hasWebhooks(environment) ? createWebhooksQueue(name, environment, webhookSecret) : undefined
  const { bucketName } = new UploadBucket(name, { environment, zoneId })
  const bound = { environment, bucketName }
  new UploadGateway(name, { ...bound, zoneId, script: gateway, directory, grantSecret, events: events?.queueName })
  const { queueName, deadLetterQueueName } = new IngestPipeline(name, { ...bound, script: linker, ckanToken, events })
  return {
    gatewayUrl: environment.gatewayUrl,
    bucket: bucketName,
    queue: queueName,
    deadLetterQueue: deadLetterQueueName,
  }
}

/** Writes the gateway's static files for the provider, which uploads a folder. Returns the folder. */
async function writeStaticFiles(): Promise<string> {
  const folder = fileURLToPath(new URL('../../.local/static-files', import.meta.url))
  const files = await staticFiles()
  await writeFiles(folder, files)
  // Only the files of earlier versions, because another process may be reading the folder.
  const stale = (await readdir(folder)).filter(
    (name) => !Object.keys(files).some((file) => file.split('/')[0] === name),
  )
  await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true, force: true })))
  return folder
}
