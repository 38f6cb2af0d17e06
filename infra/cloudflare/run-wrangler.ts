import { fileURLToPath } from 'node:url'
import { COMPATIBILITY_DATE } from '@ckan-uplink/cloudflare'
import { bundleWorker, type WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { staticFolder, writeFiles } from '@ckan-uplink/static-files'
import { installInfra } from '../../scripts/infra/install.ts'
import { run } from '../../scripts/infra/run.ts'
import type { CloudflareEnvironment } from './entry.ts'
import { wranglerConfig } from './wrangler-config.ts'

/** Runs Wrangler with these words for a Worker, which it bundles first. Returns its exit code. */
export async function runWrangler(
  name: string,
  environment: CloudflareEnvironment,
  worker: WorkerName,
  words: readonly string[],
): Promise<number> {
  await installInfra('cloudflare')
  const folder = fileURLToPath(new URL(`../../.local/wrangler/${name}-${worker}/`, import.meta.url))
  const config = wranglerConfig(name, environment, {
    name: worker,
    script: 'worker.js',
    compatibilityDate: COMPATIBILITY_DATE,
  })
  await writeFiles(folder, {
    'worker.js': await bundleWorker(worker),
    'wrangler.json': `${JSON.stringify(config, undefined, 2)}\n`,
    ...(await staticFolder()),
  })
  return run([
    'node',
    'infra/cloudflare/node_modules/wrangler/bin/wrangler.js',
    ...words,
    '--config',
    `${folder}wrangler.json`,
  ])
}
