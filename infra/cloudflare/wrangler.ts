import { fileURLToPath } from 'node:url'
import { COMPATIBILITY_DATE } from '@ckan-uplink/cloudflare'
import { bundleWorker, WORKERS, type WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { ConfigurationError } from '@ckan-uplink/core'
import { staticFolder, writeFiles } from '@ckan-uplink/static-files'
import { environments } from '../../environments.ts'
import { runOrHelp } from '../../scripts/infra/exit-with.ts'
import { installInfra } from '../../scripts/infra/install.ts'
import { run } from '../../scripts/infra/run.ts'
import { findEnvironmentOf } from '../find-environment.ts'
import { wranglerConfig } from './wrangler-config.ts'

const HELP = `Runs Wrangler for a Worker, with a configuration made from the environment. Arguments of Wrangler may follow.

  npm run wrangler -- production gateway deploy --dry-run
  npm run wrangler -- production linker tail
  npm run wrangler -- production linker queues list

Workers: ${WORKERS.join(', ')}`

async function main(name = '', worker = '', ...words: readonly string[]): Promise<number> {
  const environment = findEnvironmentOf(environments, name, 'cloudflare')
  if (!isWorker(worker))
    throw new ConfigurationError([
      `There is no Worker ${JSON.stringify(worker)}: name one of ${WORKERS.join(', ')} after the environment.`,
    ])
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

function isWorker(name: string): name is WorkerName {
  return WORKERS.some((worker) => worker === name)
}

await runOrHelp(HELP, main)
