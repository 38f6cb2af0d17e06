import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { TOKEN_CRON } from '@ckan-uplink/cloudflare'
import { bundleForDebugger, bundleModule, bundleWorker } from '@ckan-uplink/cloudflare/bundle'
import { messageOf } from '@ckan-uplink/core'
import { SettingsReader } from '@ckan-uplink/core/settings'
import { DEFAULT_KEY_PREFIX, IMAGE_PREFIX } from '@ckan-uplink/core/uploads'
import { type Files, staticFiles } from '@ckan-uplink/static-files'
import { type CkanStandInOptions, startCkanStandIn } from '@ckan-uplink/testing'
import { type R2EventEdgeOptions, startR2EventEdge } from '@ckan-uplink/testing/clouds/cloudflare'
import { Miniflare } from 'miniflare'
import { type Bucket, connectBucket } from './connect-bucket.ts'
import { type LocalEdition, openLocalFolder } from './local-folder.ts'
import { miniflareOptions, settingsAt } from './miniflare-options.ts'
import type { Ports } from './ports.ts'

export interface LocalOptions {
  /** The folder for the objects, the built-in CKAN's state and the storage's credentials. */
  readonly folder: string
  /** Free ports from `choosePorts`. */
  readonly ports: Ports
  /** An external CKAN, the service's token for it, and a resource to upload to. Default: the built-in CKAN. */
  readonly ckan?: { readonly url: string; readonly token: string; readonly resource?: string | undefined }
  /** Further settings of the Workers by name, see `docs/configuration.md`. */
  readonly settings?: Readonly<Record<string, string>>
  /** The secrets that sign events for receivers, as in `WEBHOOK_SECRETS`. */
  readonly webhookSecrets?: string | undefined
  /** The secret that the external CKAN's plugin shares, as in `GRANT_SECRETS`. The built-in CKAN gets its own. */
  readonly grantSecret?: string | undefined
  /** The port for debuggers. The Workers then run from readable scripts. Default: no debugger. */
  readonly inspectorPort?: number
  /** Receives each line that the Workers log. */
  readonly onLog?: (line: string) => void
  /** Delays of the event edge, for tests. */
  readonly delaysMs?: R2EventEdgeOptions['delaysMs']
  /** Called for each request that the storage answered, for tests. */
  readonly onStorageAnswer?: R2EventEdgeOptions['onAnswer']
}

export interface LocalHandle extends LocalEdition {
  /** Stops the instance and drops queued messages. The next start replays the bucket instead. */
  close(): Promise<void>
}

/**
 * Starts the whole system on this machine: the production Workers on workerd with their bucket and queue, the S3
 * endpoint of the storage with R2's notifications, and a CKAN. The folder has an `instance.json` while the instance is
 * ready.
 */
export async function startLocal(options: LocalOptions): Promise<LocalHandle> {
  const { ports, inspectorPort, webhookSecrets, onLog = () => {}, delaysMs, onStorageAnswer } = options
  const folder = await openLocalFolder(options.folder)
  await folder.announce(undefined)
  const bundle = inspectorPort === undefined ? bundleWorker : bundleForDebugger
  const bundles = Promise.all([
    bundle('gateway'),
    bundle('linker'),
    bundleModule(join(import.meta.dirname, 'bucket-events.ts')),
  ])
  const gateway = `http://127.0.0.1:${ports.gateway}`
  const storage = `http://127.0.0.1:${ports.storage}`
  // Only the built-in CKAN has the plugin for sure. Both sides get a new secret at each start.
  const isBuiltIn = options.ckan === undefined
  const grantSecret = isBuiltIn ? randomBytes(32).toString('hex') : options.grantSecret
  const [[gatewayScript, linkerScript, bucketEventsScript], files, credentials, ckan] = await Promise.all([
    bundles,
    staticFiles(),
    folder.credentials(),
    openCkan(
      options,
      folder.ckan,
      grantSecret === undefined ? undefined : { secret: grantSecret, gatewayUrl: gateway },
    ),
  ])
  const scripts = { gateway: gatewayScript, linker: linkerScript }
  const objects = folder.objectsOf(options.ckan?.url)
  const origins = new SettingsReader(options.settings ?? {}).list('ALLOWED_ORIGINS')
  const forPlugin = { UPLOAD_LINKS: 'true', ALLOWED_ORIGINS: [...origins, ckan.url].join(',') }
  const settings = {
    ...options.settings,
    ...(grantSecret !== undefined && forPlugin),
    ...settingsAt({ gateway, storage, ckan: ckan.url }),
  }
  const programs = {
    port: ports.gateway,
    scripts,
    bucketEventsScript,
    files: isBuiltIn ? withoutSignIn(files) : files,
  }
  const parts = {
    ...programs,
    ...(webhookSecrets !== undefined && { webhookSecrets }),
    ...(grantSecret !== undefined && { grantSecret }),
    credentials,
    objects,
    ckan,
    settings,
    onLog,
  }
  const miniflare = new Miniflare({ ...miniflareOptions(parts), ...(inspectorPort !== undefined && { inspectorPort }) })
  await miniflare.ready
  const bucket = await connectBucket(miniflare)
  const edge = await startR2EventEdge({
    upstream: gateway,
    port: ports.storage,
    prefixes: [DEFAULT_KEY_PREFIX, IMAGE_PREFIX],
    // The gateway's own upload page sends files too.
    origins: [...new SettingsReader(settings).list('ALLOWED_ORIGINS'), gateway],
    head: bucket.head,
    emit: bucket.notify,
    ...(delaysMs && { delaysMs }),
    ...(onStorageAnswer && { onAnswer: onStorageAnswer }),
  })
  const closing = new AbortController()
  const replayed = Promise.all([replayBucket(bucket, closing.signal, onLog), tryToken(miniflare)])
  const instance: LocalEdition = { gateway, ckan: ckan.url, storage, settings, ...ckan.known }
  await folder.announce(instance)
  return {
    ...instance,
    async close() {
      closing.abort()
      await folder.announce(undefined)
      await edge.close()
      await Promise.all([miniflare.dispose(), ckan.close()])
      await replayed
    },
  }
}

/** The gateway adds the way to CKAN's page for uploads to the head of its own. The built-in CKAN has no such page. */
function withoutSignIn(files: Files): Files {
  return { ...files, 'upload.html': files['upload.html']?.replace('<head>', '') ?? '' }
}

/**
 * Replays the bucket while the instance is already in use, because a large bucket takes long. A closed instance replays
 * at the next start.
 */
async function replayBucket(bucket: Bucket, closing: AbortSignal, onLog: (line: string) => void): Promise<void> {
  try {
    await bucket.replay()
  } catch (error) {
    if (!closing.aborted) onLog(`The bucket could not be searched for missed files: ${messageOf(error)}. Start again.`)
  }
}

/** Has the linker check the service's token once, because no schedule runs here. The linker logs a failure. */
async function tryToken(miniflare: Miniflare): Promise<void> {
  const linker: unknown = await miniflare.getWorker('linker')
  await (linker as { scheduled(options: { readonly cron: string }): Promise<unknown> })
    .scheduled({ cron: TOKEN_CRON })
    .catch(() => undefined)
}

interface Ckan {
  readonly url: string
  readonly token: string
  readonly known: Pick<LocalEdition, 'tokens' | 'dataset' | 'resources'>
  close(): Promise<void>
}

async function openCkan(
  { ckan, ports }: LocalOptions,
  stateFile: string,
  plugin: CkanStandInOptions['plugin'],
): Promise<Ckan> {
  if (ckan !== undefined) {
    const { url, token, resource } = ckan
    return { url, token, known: resource === undefined ? {} : { resources: [resource] }, close: async () => {} }
  }
  const { url, tokens, dataset, resources, close } = await startCkanStandIn({
    port: ports.ckan,
    stateFile,
    ...(plugin && { plugin }),
  })
  const { admin, editor, member: reader } = tokens
  return { url, token: admin, known: { tokens: { admin, editor, reader }, dataset, resources }, close }
}
