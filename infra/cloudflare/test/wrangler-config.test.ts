import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { COMPATIBILITY_DATE } from '@ckan-uplink/cloudflare'
import { bundleWorker, WORKERS, type WorkerName } from '@ckan-uplink/cloudflare/bundle'
import { staticFolder, writeFiles } from '@ckan-uplink/static-files'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CloudflareEnvironment } from '../entry.ts'
import { snakeCased } from '../snake-cased.ts'
import { SECRETS } from '../worker.ts'
import { wranglerConfig } from '../wrangler-config.ts'
import { deployWithMocks } from './support/deploy-with-mocks.ts'
import { least, most } from './support/environments.ts'

const WRANGLER = join(import.meta.dirname, '../node_modules/wrangler/bin/wrangler.js')
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ckan-uplink-wrangler-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

function configOf(environment: CloudflareEnvironment, worker: WorkerName) {
  return wranglerConfig('staging', environment, {
    name: worker,
    script: 'worker.js',
    compatibilityDate: COMPATIBILITY_DATE,
  })
}

/** Runs Wrangler and returns its output. Rejects if Wrangler refuses. */
async function dryRun(config: Readonly<Record<string, unknown>>, worker: WorkerName): Promise<string> {
  const path = join(folder, 'wrangler.json')
  await writeFiles(folder, {
    'wrangler.json': JSON.stringify(config),
    'worker.js': await bundleWorker(worker),
    ...(await staticFolder()),
  })
  const env = { ...process.env, XDG_CONFIG_HOME: folder, WRANGLER_SEND_METRICS: 'false' }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [WRANGLER, 'deploy', '--dry-run', '--outdir', join(folder, 'out'), '--config', path],
    { env },
  )
  return stdout
}

describe('the configuration for Wrangler', () => {
  const environments = Object.entries({ least, most })
  it.each(
    WORKERS.flatMap((worker) => environments.map(([extent, environment]) => [worker, extent, environment] as const)),
  )('deploys the same %s with the same bindings, for the environment %s', async (worker, _, environment) => {
    const { only } = await deployWithMocks('staging', environment)
    const { bindings, content, scriptName } = only('WorkersScript', worker === 'gateway' ? 'staging' : 'staging-linker')
      .inputs as {
      bindings: Record<string, string>[]
      content: string
      scriptName: string
    }
    const config = configOf(environment, worker)
    const printed = await dryRun(config, worker)
    const bound = [...printed.matchAll(/^env\.(\w+) /gmu)].map(([, name]) => name)
    const secrets: readonly string[] = SECRETS[worker]
    expect(bound.toSorted()).toEqual(
      bindings
        .map(({ name = '' }) => name)
        .filter((name) => !secrets.includes(name))
        .toSorted(),
    )
    expect(config).toMatchObject({
      name: scriptName,
      vars: Object.fromEntries(
        bindings.filter(({ type }) => type === 'plain_text').map(({ name, text }) => [name, text]),
      ),
    })
    expect(await readFile(join(folder, 'out/worker.js'), 'utf8')).toContain(content.trimEnd())
  })

  it.each(WORKERS)('sends the logs and traces of the %s to the same destinations', async (worker) => {
    const { only } = await deployWithMocks('staging', most)
    const { observability } = only('WorkersScript', worker === 'gateway' ? 'staging' : 'staging-linker').inputs
    expect(observability).toEqual({
      enabled: true,
      logs: { enabled: true, invocationLogs: true, destinations: ['grafana-logs'] },
      traces: { enabled: true, destinations: ['grafana-traces'] },
    })
    expect(configOf(most, worker)['observability']).toEqual(snakeCased(observability))
    expect(configOf(least, worker)['observability']).toEqual({ enabled: true })
  })

  it.each([
    ['least', least],
    ['most', most],
  ])('consumes the same queues with the same settings, for the environment %s', async (_, environment) => {
    const { made } = await deployWithMocks('staging', environment)
    const consumers = made.filter(({ type, inputs }) => type === 'QueueConsumer' && inputs['type'] === 'worker')
    const queues = new Map(made.filter(({ type }) => type === 'Queue').map(({ name, inputs }) => [name, inputs]))
    const expected = consumers.map(({ name, inputs: { deadLetterQueue, settings } }) => {
      const { batchSize, maxWaitTimeMs, maxRetries, retryDelay, maxConcurrency } = settings as Record<string, number>
      return {
        queue: queues.get(name)?.['queueName'],
        dead_letter_queue: deadLetterQueue,
        max_batch_size: batchSize,
        max_batch_timeout: Number(maxWaitTimeMs) / 1000,
        max_retries: maxRetries,
        retry_delay: retryDelay,
        max_concurrency: maxConcurrency,
      }
    })
    expect(expected).toHaveLength(environment === most ? 2 : 1)
    const { queues: bound } = configOf(environment, 'linker') as { queues: { consumers: object[] } }
    expect(bound.consumers).toHaveLength(expected.length)
    expect(bound.consumers).toEqual(expect.arrayContaining(expected))
  })

  it('reconciles at the same times', async () => {
    for (const environment of [least, most]) {
      const { schedules } = (await deployWithMocks('staging', environment)).only('WorkersCronTrigger').inputs as {
        schedules: { cron: string }[]
      }
      expect(configOf(environment, 'linker')).toMatchObject({ triggers: { crons: schedules.map(({ cron }) => cron) } })
    }
  })

  it('is checked by Wrangler, which refuses an invalid bucket name', async () => {
    await expect(dryRun(configOf({ ...least, bucket: 'Bad_Name!' }, 'gateway'), 'gateway')).rejects.toThrow('Bad_Name!')
  })
})
