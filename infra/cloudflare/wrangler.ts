import { WORKERS, type WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { ConfigurationError } from '@ckan-uplink/core'
import { environments } from '../../environments.ts'
import { runOrHelp } from '../../scripts/infra/exit-with.ts'
import { findEnvironmentOf } from '../find-environment.ts'
import { createApi } from './api.ts'
import type { CloudflareEnvironment } from './entry.ts'
import { runWrangler } from './run-wrangler.ts'
import { renewToken, setUp } from './setup/set-up.ts'
import type { Step } from './setup/setup-tools.ts'

const HELP = `Runs Wrangler for a Worker, with a configuration made from the environment. Arguments of Wrangler may follow.

  npm run wrangler -- production gateway deploy --dry-run
  npm run wrangler -- production linker tail
  npm run wrangler -- production linker queues list

Workers: ${WORKERS.join(', ')}

Without Pulumi, it makes the whole deployment, or changes it to match the entry. It gives the gateway another token
that signs URLs. Both need CLOUDFLARE_API_TOKEN.

  npm run wrangler -- production setup
  npm run wrangler -- production renew-token`

const WHOLE = { setup: setUp, 'renew-token': renewToken } as const

async function main(name = '', what = '', ...words: readonly string[]): Promise<number> {
  const environment = findEnvironmentOf(environments, name, 'cloudflare')
  if (isWhole(what)) return runWhole(WHOLE[what], name, environment)
  if (isWorker(what)) return runWrangler(name, environment, what, words)
  throw new ConfigurationError([
    `There is no Worker ${JSON.stringify(what)}: name one of ${WORKERS.join(', ')} after the environment, or setup or renew-token.`,
  ])
}

async function runWhole(
  run: (step: Step) => Promise<readonly string[]>,
  name: string,
  environment: CloudflareEnvironment,
): Promise<number> {
  const { CLOUDFLARE_API_TOKEN: token, CLOUDFLARE_API_BASE_URL: url } = process.env
  if (!token)
    throw new ConfigurationError([
      'CLOUDFLARE_API_TOKEN is missing: set it to a token with the rights in docs/deploy/cloudflare.md.',
    ])
  const api = createApi({ url: url || 'https://api.cloudflare.com/client/v4', token })
  const deploy = async (worker: WorkerName) => {
    const code = await runWrangler(name, environment, worker, ['deploy'])
    if (code !== 0) throw new Error(`Wrangler could not deploy the ${worker}, and ended with ${code}: see above.`)
  }
  const left = await run({ name, environment, tools: { api, deploy, say: (line) => console.log(`✔ ${line}`) } })
  if (left.length > 0) console.log(`\nFor you to do:\n\n${left.map((command) => `  ${command}`).join('\n')}`)
  return 0
}

function isWhole(what: string): what is keyof typeof WHOLE {
  return Object.hasOwn(WHOLE, what)
}

function isWorker(name: string): name is WorkerName {
  return WORKERS.some((worker) => worker === name)
}

await runOrHelp(HELP, main)
