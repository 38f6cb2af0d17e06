import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bundleWorker, COMPATIBILITY_DATE } from '@ckan-uplink/local/bundle-worker'
import { environments } from '../environments.ts'
import { wranglerConfig } from '../infra/cloudflare/wrangler-config.ts'
import { findEnvironmentOf } from '../infra/find-environment.ts'
import { exitWith, installInfra, run } from './infra/run.ts'

/** `npm run wrangler -- <environment> …` runs Wrangler on the Worker and a configuration made of the environment. */
async function main(name = '', ...words: readonly string[]): Promise<number> {
  const environment = findEnvironmentOf(environments, name, 'cloudflare')
  await installInfra('cloudflare')
  const folder = fileURLToPath(new URL(`../.local/wrangler/${name}/`, import.meta.url))
  await mkdir(folder, { recursive: true })
  const config = wranglerConfig(name, environment, { script: 'worker.js', compatibilityDate: COMPATIBILITY_DATE })
  await Promise.all([writeFile(`${folder}worker.js`, await bundleWorker()), writeFile(`${folder}wrangler.json`, `${JSON.stringify(config, undefined, 2)}\n`)])
  return run(['node', 'infra/cloudflare/node_modules/wrangler/bin/wrangler.js', ...words, '--config', `${folder}wrangler.json`])
}

await exitWith(main(...process.argv.slice(2)))
